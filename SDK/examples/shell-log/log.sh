# A container's log:
#
#     <state>/<container>/journal, journal.1, …   records, the oldest in the highest number
#     <state>/<container>/live                    from log.open to log.close
#     <state>/<container>/ended                   the end frame of this stream was stored
#     <state>/<container>/intake                  pid and start time of the process that takes the stream in
#
# Records, bytes as hexadecimal digits:
#
#     L TIME STREAM TEXT          a line; TIME is nanoseconds as 16 digits
#     S SEQUENCE TIME OUT ERR     what came before is stored: how far, and lines of stdout and stderr that have not
#                                 ended (- for none)
#     E                           the stream was closed
#
# Whatever changes a log holds a lock on its folder. What follows the last S was torn by a crash.
. "$BERTH_PLUGIN_FOLDER/berth.sh"
export LC_ALL=C

use_log() {
    check_name "$container" container
    dir=$BERTH_STATE/$container
}

lock() { { exec 8< "$dir"; } 2> /dev/null && flock 8; }

check_options() { # OPTIONS
    local bad
    bad=$(jq -r 'to_entries[] | select(
        (.key | IN("max-size", "max-file", "mode", "max-buffer-size") | not)
        or (.key == "max-size" and (.value | test("^[1-9][0-9]{0,11}[kmgKMG]?$") | not))
        or (.key == "max-file" and (.value | test("^[1-9][0-9]{0,2}$") | not))) | .key' <<< "$1" | head -n 1)
    [ -z "$bad" ] || fail invalidArgument "the log opt '$bad' is unknown, or its value makes no sense"
    max_size=$(jq -r '."max-size" // "" | ascii_downcase' <<< "$1")
    max_size=$(numfmt --from=iec "${max_size^^}" 2> /dev/null || echo 0)
    max_file=$(jq -r '."max-file" // "1"' <<< "$1")
}

start_time() { local stat; stat=$(< "/proc/$1/stat") 2> /dev/null && set -- ${stat##*) } && echo "${20}"; }

intake_lives() {
    local pid started
    read -r pid started 2> /dev/null < "$dir/intake" && [ "$(start_time "$pid")" = "$started" ]
}

# Its children too: one may wait for the stream after its parent was killed. A plugin that starts again has a pid
# namespace of its own, and there the number may be another's, even this process's.
end_intake() {
    local pid started now
    if read -r pid started 2> /dev/null < "$dir/intake"; then
        now=$(start_time "$pid")
        [ -n "$now" ] && [ "$now" != "$started" ] || kill -KILL -- "-$pid" 2> /dev/null
    fi
    rm -f "$dir/intake"
}

# Cuts off what a crash has torn, and reads how far the log is: sequence, time, out, err.
recover() {
    local place last
    sequence=0 time=0000000000000000 out=- err=-
    [ -s "$dir/journal" ] || { echo "S $sequence $time $out $err" > "$dir/journal"; return; }
    place=$(grep -ab '^[SE]' "$dir/journal" | tail -n 1)
    last=${place#*:}
    truncate -s $((${place%%:*} + ${#last} + 1)) "$dir/journal"
    last=$(grep -a '^S' "$dir/journal" | tail -n 1)
    read -r _ sequence time out err <<< "$last"
}

# Starts a new journal: the last one becomes journal.1, and so on.
rotate() {
    local number=$((${max_file:-1} - 1)) state
    state=$(grep -a '^S' "$dir/journal" | tail -n 1)
    rm -f "$dir/journal.$number"
    while [ $number -gt 1 ]; do
        [ ! -f "$dir/journal.$((number - 1))" ] || mv "$dir/journal.$((number - 1))" "$dir/journal.$number"
        number=$((number - 1))
    done
    [ $number -lt 1 ] || cp "$dir/journal" "$dir/journal.1"
    echo "$state" > "$dir/journal.new"
    mv "$dir/journal.new" "$dir/journal"
}

# store STREAM TEXT FLUSH: appends the lines that bytes complete, and the state after them.
store() {
    awk -v out="$out" -v err="$err" -v time="$time" -v stream="$1" -v flush="$3" -v sequence="$sequence" \
        -f "$BERTH_PLUGIN_FOLDER/lines.awk" <<< "$2" >> "$dir/journal" || return
    read -r _ _ _ out err <<< "$(tail -n 1 "$dir/journal")"
}

# Bytes of a number of 16 digits in the other order.
swapped() { echo "${1:14:2}${1:12:2}${1:10:2}${1:8:2}${1:6:2}${1:4:2}${1:2:2}${1:0:2}"; }
