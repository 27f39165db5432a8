"""Hook of mkdocs.yml: a link to a folder leads to the page of that folder, as it does where the repository is browsed."""

import posixpath
import re

_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^):#]+?)/?\)")


def on_page_markdown(markdown, page, config, files):
    folder = posixpath.dirname(page.file.src_uri)

    def resolve(link):
        target = f"{link[2]}/README.md"
        path = posixpath.normpath(posixpath.join(folder, target))
        return f"[{link[1]}]({target})" if files.get_file_from_path(path) else link[0]

    return _LINK.sub(resolve, markdown)
