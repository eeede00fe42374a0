# A folder for each snapshot, named after the SHA-256 of its key and a newline:
#
#     <state>/snapshots/<hash>/<hash>.json   key, kind, parent, labels, createdAt
#     <state>/snapshots/<hash>/content/      the tree; a view shows its parent's
#     <state>/snapshots/<hash>/layered       a layer was unpacked into it, perhaps not to its end
#
# A commit writes the record of the new key into the folder and then renames that: a record counts when it has its
# folder's name. Whoever changes a snapshot locks its folder; whoever needs it to stay shares the lock.
. "$BERTH_PLUGIN_FOLDER/berth.sh"
SNAPSHOTS=$BERTH_STATE/snapshots
mkdir -p "$SNAPSHOTS"

check_key() { [[ ${#1} -ge 1 && ${#1} -le 256 ]] || fail invalidArgument "a key has 1 to 256 bytes, not ${#1}"; }

missing() { fail notFound "there is no snapshot $1" "snapshot $1"; }

# path_of KEY: sets path, its folder.
path_of() {
    path=$(sha256sum <<< "$1")
    path=$SNAPSHOTS/${path%% *}
}

# known KEY: sets dir, record (a file), kind, parent_key, known_labels and created; content and below, the trees that it
# shows and that it was copied from. False when there is none.
known() {
    local text
    path_of "$1"
    dir=$path record=$dir/${dir##*/}.json
    text=$(jq -r '@sh "kind=\(.kind) parent_key=\(.parent // "") created=\(.createdAt)",
        "known_labels=\(.labels | tojson | @sh)"' "$record" 2> /dev/null) || return 1
    eval "$text"
    content=$dir/content below=
    [ -z "$parent_key" ] || { path_of "$parent_key" && below=$path/content; }
    [ "$kind" != view ] || content=${below:-$content}
}

# hold -s|-x KEY: known, when nobody else changes it (-s), or uses it (-x), until this call ends.
hold() {
    local lock
    while known "$2" && { exec {lock}< "$dir"; } 2> /dev/null; do
        flock "$1" "$lock"
        # It may be another's folder by now.
        if [ "$dir" -ef "/proc/self/fd/$lock" ]; then known "$2" && return; fi
        exec {lock}<&-
    done
    return 1
}

# write_record FILE KEY KIND PARENT LABELS CREATED
write_record() {
    local text
    text=$(jq -cn --arg key "$2" --arg kind "$3" --arg parent "$4" --argjson labels "${5:-{\}}" --arg createdAt "$6" '
        if all($labels[]; type == "string") then $ARGS.named else error("no text") end
        | if $parent == "" then del(.parent) else . end') || fail invalidArgument "a label is not a string"
    save "$1" <<< "$text" || fail internal "the record of snapshot $2 cannot be written"
}

# records: prints them all. While a folder gets its other name, none is missed.
records() (
    exec 6< "$SNAPSHOTS"
    flock -s 6
    # One may be removed meanwhile.
    for dir in "$SNAPSHOTS"/*; do printf '%s\0' "$dir/${dir##*/}.json"; done | xargs -0 cat 2> /dev/null
)

# fill FOLDER KIND BELOW: gives it the content that a snapshot of the kind begins with.
fill() {
    mkdir -p "$1/content" && chmod 755 "$1/content" &&
        { [ "$2" = view ] || [ -z "$3" ] || cp -a --reflink=auto "$3/." "$1/content"; } ||
        fail internal "the parent cannot be copied"
}

# make KIND: prepare and view.
make() {
    params key:string parent:string? labels:object?
    check_key "$key"
    if ! known "$key"; then
        content=
        [ -z "$parent" ] || hold -s "$parent" || missing "$parent"
        [ -z "$parent" ] || [ "$kind" = committed ] ||
            fail failedPrecondition "snapshot $parent is not committed" "snapshot $parent"
        make_room
        fill "$room/new" "$1" "$content"
        path_of "$key"
        write_record "$room/new/${path##*/}.json" "$key" "$1" "$parent" "$labels" "$(now)"
        # Fails when another was faster.
        message=$(mv -T "$room/new" "$path" 2>&1 && sync "$SNAPSHOTS")
        known "$key" || fail internal "snapshot $key cannot be made: $message"
    fi
    [ "$kind" = "$1" ] && [ "$parent_key" = "$parent" ] ||
        fail conflict "there is a snapshot $key already, which is $kind" "snapshot $key"
    show_mounts
}

show_mounts() {
    local access=rw
    [ "$kind" != view ] || access=ro
    jq -cn --arg source "$content" --arg access "$access" \
        '{mounts: [{type: "bind", $source, options: ["bind", $access]}]}'
}
