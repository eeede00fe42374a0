# For methods in shell: . "$BERTH_PLUGIN_FOLDER/berth.sh"

# fail KIND MESSAGE [OBJECT]: answers an error of Berth, and ends.
fail() {
    jq -cn --arg kind "$1" --arg message "$2" --arg object "$3" \
        '{error: ({kind: $kind, message: $message} + if $object == "" then {} else {object: $object} end)}'
    exit 1
}

# say LEVEL MESSAGE: a line for the operator.
say() { jq -cn --arg level "$1" --arg message "$2" '{level: $level, message: $message}' >&2; }

# params NAME:TYPE…: reads the parameters, and sets a variable of the name of each. Types are jq's: string, number,
# boolean, array, object; with a question mark they may be absent, and are empty then. Arrays and objects stay JSON.
# `target.domain:string` sets `domain`, to that member of the object `target`.
params() {
    local line filter= member name type
    IFS= read -r line || line='{}'
    PARAMS=$line
    for member in "$@"; do
        name=${member%%:*} type=${member#*:}
        case $type in
        *\?) type=${type%\?} filter="$filter | optional(\"$name\"; \"$type\")" ;;
        *) filter="$filter | required(\"$name\"; \"$type\")" ;;
        esac
    done
    line=$(printf '%s\n' "$line" | jq -r "
        def text: if type == \"string\" then . elif . == null then \"\" else tojson end;
        def member(\$n): getpath(\$n / \".\");
        def value(\$n): \"\(\$n / \".\" | last)=\(member(\$n) | text | @sh)\";
        def required(\$n; \$t): if (member(\$n) | type) == \$t then . else error(\"\(\$n): a \(\$t) expected\") end;
        def optional(\$n; \$t): if member(\$n) == null then . else required(\$n; \$t) end;
        . $filter | . as \$p | $(printf '"%s",' "$@" | sed 's/:[^"]*"/"/g; s/,$//') | . as \$n | \$p | value(\$n)" 2>&1) ||
        fail invalidArgument "the parameters of $BERTH_METHOD: ${line#jq: error (at *): }"
    case $line in *'\u0000'*) fail invalidArgument "the parameters of $BERTH_METHOD have a NUL" ;; esac
    eval "$line"
}

# has NAME…: whether one of these members came with the parameters, if only as an empty text.
has() { jq -e --args 'any(.[$ARGS.positional[]]; . != null)' "$@" <<< "$PARAMS" > /dev/null; }

# need_descriptor WHAT: the first of the request, descriptor 3; a file's is at its beginning.
need_descriptor() { { : <&3; } 2> /dev/null || fail invalidArgument "$BERTH_METHOD came without $1"; }

# check_name NAME WHAT: letters, digits, '_', '.' and '-', 128 at most, so that it can be a file's name.
check_name() {
    case $1 in
    '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) fail invalidArgument "'$1' is no name for a $2" "$2 $1" ;;
    esac
    [ ${#1} -le 128 ] || fail invalidArgument "the name of a $2 has ${#1} bytes, 128 are the most" "$2"
}

# now: the time as the protocol writes it.
now() { date -u +%Y-%m-%dT%H:%M:%S.%NZ; }

# save FILE: replaces a file with the standard input: temporary file, sync, rename.
save() { cat > "$1.new" && sync "$1.new" && mv "$1.new" "$1"; }

# make_room: sets `room`, a folder of this call's own, on the state's disk, so that what is made there can be moved into
# place at once. It goes with the call; those that killed calls left go here, `swept` of them.
make_room() {
    local old
    swept=0
    mkdir -p "$BERTH_STATE/new"
    exec 7< "$BERTH_STATE/new"
    flock 7
    for old in "$BERTH_STATE"/new/*/; do
        [ ! -d "$old" ] || ! flock -n "$old" rm -rf "$old" || swept=$((swept + 1))
    done
    room=$(mktemp -d "$BERTH_STATE/new/XXXXXXXX") || fail internal "there is no room in $BERTH_STATE/new"
    exec 8< "$room"
    flock 8
    exec 7<&-
    trap 'rm -rf "$room"' EXIT
}
