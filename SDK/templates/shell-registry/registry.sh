# A folder for each repository, with '%' in its name for '/':
#
#     <state>/repositories/<domain>/<repository>/blobs/<digest>     content, manifests too
#     <state>/repositories/<domain>/<repository>/manifests/<name>   the descriptor of a tag, or of a manifest's digest
. "$BERTH_PLUGIN_FOLDER/berth.sh"

# What most methods are about.
TARGET='target.domain:string target.repository:string'
DESCRIPTOR='descriptor.mediaType:string descriptor.digest:string descriptor.size:number'

use_domain() {
    [[ ${#domain} -le 200 && $domain =~ ^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$ ]] ||
        fail invalidArgument "'${domain:0:200}' is no domain"
    root=$BERTH_STATE/repositories/$domain
}

use_repository() {
    local component='[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*'
    use_domain
    [[ ${#repository} -le 200 && $repository =~ ^$component(/$component)*$ ]] ||
        fail invalidArgument "'${repository:0:200}' is no repository"
    dir=$root/${repository//\//%}
}

use_blob() {
    use_repository
    is_digest "$digest" || fail invalidArgument "'${digest:0:200}' is no digest"
    [[ $size =~ ^[0-9]{1,18}$ ]] || fail invalidArgument "$size is no size"
    blob=$dir/blobs/$digest
}

is_digest() { [[ $1 =~ ^sha256:[0-9a-f]{64}$ ]]; }
is_tag() { [[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$ ]]; }

has_blob() { [ "$(stat -c %s "$blob" 2> /dev/null)" = "$size" ]; }

missing() { fail notFound "$domain/$repository has not ${1:0:200}" "repository $domain/$repository"; }
