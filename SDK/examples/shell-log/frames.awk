# Records → frames for a reader, as hexadecimal digits: only lines that are stored, of the streams and times asked for.
function little(number, digits,   text) {
    for (text = ""; digits > 0; digits -= 2) {
        text = text sprintf("%02X", number % 256)
        number = int(number / 256)
    }
    return text
}
function swapped(text,   result, place) {
    for (place = 15; place > 0; place -= 2) result = result substr(text, place, 2)
    return result
}
$1 == "L" { waiting[++count] = $0 }
$1 == "S" {
    for (number = 1; number <= count; number++) {
        split(waiting[number], part, " ")
        if (until != "" && part[2] > until) { done = 1; exit }
        if ((since != "" && part[2] < since) || !index(streams, part[3])) continue
        size = length(part[4]) / 2
        flags = part[4] ~ /0A$/ ? "00" : "02"
        printf "%s%s%s0%s%s0000%s\n", little(sequence, 16), swapped(part[2]), little(size, 8), part[3], flags, part[4]
        sequence += size
    }
    count = 0
}
END { printf "%d\n", sequence > (sequence_file != "" ? sequence_file : "/dev/null") }
