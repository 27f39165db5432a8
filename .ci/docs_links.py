"""docs_links.py SITE: every link of the site's pages to a file or an anchor of the site must lead there.

Left out are the anchors of constant-values.html, whose own table of contents javadoc 17 gets wrong.
"""

import html
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

_TAG = re.compile(r"<[a-zA-Z][^>]*>")
_ATTRIBUTE = re.compile(r"""\s(id|name|href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def read(path: Path) -> tuple[set[str], set[str]]:
    anchors, links = set(), set()
    # What scripts write is no link of the page.
    text = re.sub(r"<script.*?</script>|<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for tag in _TAG.findall(text):
        for name, double, single in _ATTRIBUTE.findall(tag):
            value = html.unescape(double or single)
            (anchors if name in ("id", "name") else links).add(value)
    return anchors, links


def main(site: Path) -> int:
    pages = {path: read(path) for path in sorted(site.rglob("*.html"))}
    checked = broken = 0
    for page, (_, links) in pages.items():
        for link in sorted(links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            checked += 1
            target = page
            if parts.path:
                # mkdocs writes the addresses of its page of errors from the root of the site.
                above = site if parts.path.startswith("/") else page.parent
                target = (above / unquote(parts.path).lstrip("/")).resolve()
                if target.is_dir():
                    target /= "index.html"
            anchor = unquote(parts.fragment)
            if not target.is_file():
                reason = "no such file"
            elif anchor and target in pages and anchor not in pages[target][0] and page.name != "constant-values.html":
                reason = "no such anchor"
            else:
                continue
            broken += 1
            print(f"docs_links.py: {page.relative_to(site)}: {link}: {reason}", file=sys.stderr)
    print(f"docs_links.py: {len(pages)} pages, {checked} links within the site, {broken} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
