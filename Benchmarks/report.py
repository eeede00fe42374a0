"""The table: on a terminal and as Markdown."""

HEADER = ["", "median", "min", "max", "Berth is", "budget", ""]


def lines(row):
    """The lines of one row: Berth first, then each peer with Berth's ratio to it and the budget that names it."""
    names = [row.subject] + [name for name in row.series if name != row.subject]
    for name in names:
        numbers = row.series[name]
        budgets = [b for b in row.budgets if b.peer == (None if name == row.subject else name)]
        ratio = "" if name == row.subject or not row.compared else f"{row.ratio(name):.3g} ×"
        cells = [f"{n:,.{row.digits}f}" for n in (row.median(name), min(numbers), max(numbers))]
        verdicts = ["met" if row.is_met(b) else "MISSED" for b in budgets]
        yield [name, *cells, ratio, "; ".join(map(str, budgets)), "; ".join(verdicts)]


def heading(row):
    count = max(len(numbers) for numbers in row.series.values())
    return f"{row.title} ({row.unit}; {count} runs)" if count > 1 else f"{row.title} ({row.unit})"


def terminal(row):
    """One row for people who watch."""
    out = [heading(row)]
    for name, median, least, most, ratio, budget, verdict in lines(row):
        out.append(
            f"  {name:<18}{median:>11}  [{least} … {most}]".ljust(58) + f"{ratio:>10}  {budget}  {verdict}".rstrip())
    if row.note:
        out.append(f"  {row.note}")
    return "\n".join(out)


def markdown(machine, rows):
    """Everything, for a page."""
    out = [f"- {line}" for line in machine]
    for row in rows:
        out += ["", f"**{heading(row)}**", "", "| " + " | ".join(HEADER) + " |", "|---|--:|--:|--:|--:|---|---|"]
        out += ["| " + " | ".join(cells) + " |" for cells in lines(row)]
        if row.note:
            out += ["", row.note]
    return "\n".join(out) + "\n"
