"""Hook of mkdocs.yml, for what looks well where the repository is browsed, and not in the site.

A link to a folder leads to the page of that folder. In code within a table, \\| is |.
"""

import posixpath
import re

_CODE = re.compile(r"`[^`\n]*`")
_ROW = re.compile(r"^\|.*$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^):#]+?)/?\)")


def on_page_markdown(markdown, page, config, files):
    folder = posixpath.dirname(page.file.src_uri)

    def resolve(link):
        target = f"{link[2]}/README.md"
        path = posixpath.normpath(posixpath.join(folder, target))
        return f"[{link[1]}]({target})" if files.get_file_from_path(path) else link[0]

    rows = _ROW.sub(lambda row: _CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0]), markdown)
    return _LINK.sub(resolve, rows)
