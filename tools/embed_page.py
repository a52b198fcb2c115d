"""Writes the parts of report.html that are the same in every report as C++ constants.

usage: embed_page.py MISTUNE_DIR UPLOT_DIR PAGE_DIR METRICS_MD OUTPUT_CC

MISTUNE_DIR holds the Python package mistune, UPLOT_DIR uPlot.iife.min.js and uPlot.min.css, PAGE_DIR
page.css, page.js and uplot_licence.txt. docs/metrics.md becomes HTML: the page's definitions.
"""

import base64
import hashlib
import pathlib
import sys


def definitions(markdown):
    """docs/metrics.md as HTML: headings one level lower, links as plain text (nothing is linked)."""
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def heading(self, text, level, **attributes):
            return f"<h{level + 1}>{text}</h{level + 1}>\n"

        def link(self, text, url, title=None):
            return text

    html = mistune.create_markdown(renderer=Renderer(), plugins=["table"])(markdown)
    return html.split("</h2>", 1)[1]  # the page has a title of its own


def constant(name, text):
    parts = []
    piece = 8000  # compilers limit a literal's length, not what is joined
    data = text.encode()
    for begin in range(0, len(data), piece):
        escaped = "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
            for byte in data[begin : begin + piece]
        )
        parts.append(f'    "{escaped}"')
    body = "\n".join(parts)
    return f"const std::string_view {name} =\n{body};\n"


def policy_hash(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def main():
    mistune_dir, uplot_dir, page_dir, metrics_md, output = sys.argv[1:]
    sys.path.insert(0, mistune_dir)
    read = lambda directory, name: (pathlib.Path(directory) / name).read_text(encoding="utf-8")
    style = read(uplot_dir, "uPlot.min.css") + "\n" + read(page_dir, "page.css")
    library = read(uplot_dir, "uPlot.iife.min.js")
    script = read(page_dir, "page.js")
    for name, text in (("the style", style), ("uPlot", library), ("page.js", script)):
        if "</" in text:
            sys.exit(f"embed_page.py: {name} holds \"</\", which could end its element")
    constants = {
        "kPageStyle": style,
        "kPageStyleHash": policy_hash(style),
        "kPlotLibrary": library,
        "kPlotLibraryHash": policy_hash(library),
        "kPlotLibraryLicence": read(page_dir, "uplot_licence.txt"),
        "kPageScript": script,
        "kPageScriptHash": policy_hash(script),
        "kDefinitions": definitions(pathlib.Path(metrics_md).read_text(encoding="utf-8")),
    }
    text = "// Made by tools/embed_page.py.\n#include \"report/page_assets.h\"\n\nnamespace assay {\n\n"
    text += "\n".join(constant(name, value) for name, value in constants.items())
    text += "\n}  // namespace assay\n"
    pathlib.Path(output).write_text(text, encoding="ascii")


main()
