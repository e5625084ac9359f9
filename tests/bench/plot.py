"""The plot of a run: for each workload the server CPU time for a message, as bars, in SVG."""

from workloads import ALL_LOADS

BAR, GAP, LABEL, WIDTH, HEAD = 16, 4, 170, 320, 26
COLUMNS = 2
CUT = ("asyncio", "uvloop")  # Their bars would leave no room for the others.
OURS, OTHERS, TEXT = "#1f6feb", "#9aa4b2", "#57606a"


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def bars(title, values, digits):
    """One panel: its elements and its height. `values` is a list of (name, value)."""
    top = max([value for name, value in values if name not in CUT] or [value for _, value in values])
    out = [f'<text x="0" y="14" font-weight="bold">{escape(title)}</text>']
    for i, (name, value) in enumerate(sorted(values, key=lambda v: v[1])):
        y = HEAD + i * (BAR + GAP)
        width = min(max(1.0, value / top * WIDTH), WIDTH + 20)
        out.append(f'<text x="{LABEL - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>')
        out.append(f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{OURS if name == "ours" else OTHERS}"/>')
        out.append(f'<text x="{LABEL + width + 5:.1f}" y="{y + 12}">{value:,.{digits}f}{" (cut)" if value > top * 1.05 else ""}</text>')
    return out, HEAD + len(values) * (BAR + GAP) + 18


def panels(results):
    for workload in ALL_LOADS:
        values = [(s, results.median(s, workload, "cpu_us")) for s in results.servers(workload)]
        if values:
            yield f"{workload}: CPU us for a message", values, 2
    values = [(s, results.median(s, "idle", "bytes_per_connection")) for s in results.servers("idle")]
    values = [(s, v) for s, v in values if v]
    if values:
        yield "bytes for an idle connection", values, 0
    values = [(s, results.median(s, "TLS idle", "bytes_per_connection")) for s in results.servers("TLS idle")]
    values = [(s, v) for s, v in values if v]
    if values:
        yield "bytes for an idle TLS connection", values, 0


def write_svg(results, note, path):
    columns = [[] for _ in range(COLUMNS)]
    heights = [30] * COLUMNS
    for title, values, digits in panels(results):
        column = heights.index(min(heights))
        elements, height = bars(title, values, digits)
        x = 10 + column * (LABEL + WIDTH + 90)
        columns[column].append(f'<g transform="translate({x},{heights[column]})">' + "".join(elements) + "</g>")
        heights[column] += height
    width, height = 10 + COLUMNS * (LABEL + WIDTH + 90), max(heights) + 10
    with open(path, "w") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                   f'font-family="sans-serif" font-size="12" fill="{TEXT}">\n')
        file.write(f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n')
        file.write(f'<text x="10" y="18">{escape(note)}</text>\n')
        file.write("\n".join(element for column in columns for element in column) + "\n</svg>\n")
