# Bytes as hexadecimal digits → records of lines, and the state after them. A line of more than 16 KiB comes in parts,
# cut between two characters of UTF-8.
function emit(which, text) { printf "L %s %s %s\n", time, which, text }
function shown(text) { return text == "" ? "-" : text }
function hidden(text) { return text == "-" ? "" : text }
function cut(text,   end) {
    for (end = length(text); end > length(text) - 8 && substr(text, end - 1, 1) ~ /[89AB]/; end -= 2);
    # `end` is behind the first byte of the last character: whole if that is one of one byte.
    return substr(text, end - 1, 1) ~ /[0-7]/ ? length(text) : end - 2
}
{
    pending[1] = hidden(out)
    pending[2] = hidden(err)
    text = pending[stream] $0
    size = length(text)
    start = 1
    for (place = length(pending[stream]) + 1; place < size; place += 2) {
        if (substr(text, place, 2) == "0A") {
            emit(stream, substr(text, start, place + 2 - start))
            start = place + 2
        } else if (place + 2 - start >= 32768) {
            part = cut(substr(text, start, 32768))
            emit(stream, substr(text, start, part))
            start += part
        }
    }
    pending[stream] = substr(text, start)
    for (which = 1; flush && which <= 2; which++) {
        if (pending[which] != "") emit(which, pending[which])
        pending[which] = ""
    }
    printf "S %s %s %s %s\n", sequence, time, shown(pending[1]), shown(pending[2])
}
