# A folder for each volume:
#
#     <state>/<volume>/data/        the content
#     <state>/<volume>/created      when it was made; without it there is no volume
#     <state>/<volume>/uses/<key>   containers that have it mounted, as hexadecimal digits
. "$BERTH_PLUGIN_FOLDER/berth.sh"

use_volume() {
    check_name "$volume" volume
    dir=$BERTH_STATE/$volume
}

# One change at a time.
lock() { exec 8> "$BERTH_RUN/lock"; flock 8; }

exists() { [ -e "$dir/created" ]; }

missing() { fail notFound "there is no volume $volume" "volume $volume"; }

info() {
    jq -cn --arg volume "$volume" --arg mountpoint "$dir/data" --arg createdAt "$(cat "$dir/created")" '$ARGS.named'
}

key() { printf %s "$1" | sha256sum | cut -c 1-64; }
