#!/usr/bin/env python3
"""usage: check_page.py PAGE.html

What a report's page must be: every element closed in its order, no script and nothing that a browser
would ask another place for, ids that are there once and links that lead to them, pictures that are
PNG or SVG, have a size and something to say to those who cannot see them. Names what is not so and
exits 1.
"""
import base64
import re
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

VOID = {"meta", "img", "source", "br", "hr", "link", "input"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "nav", "h1", "h2", "h3", "p", "a",
    "div", "span", "strong", "b", "code", "dl", "dt", "dd", "br", "figure", "figcaption", "picture",
    "source", "img", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "pre", "ul", "li",
}
NO_PARAGRAPH = {"div", "table", "ul", "pre", "figure", "details", "h2", "h3", "p", "dl"}
DATA = re.compile(r"data:(image/png|image/svg\+xml);base64,([A-Za-z0-9+/]+={0,2})$")


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.ids, self.links = [], [], [], []
        self.pictures, self.styles = 0, ""

    def complain(self, text):
        self.wrong.append(f"line {self.getpos()[0]}: {text}")

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if tag not in ALLOWED:
            self.complain(f"<{tag}>")
        if len(set(names)) != len(names):
            self.complain(f"<{tag}> has an attribute twice")
        if "p" in self.open and tag in NO_PARAGRAPH:
            self.complain(f"<{tag}> inside a paragraph")
        for name, value in attributes:
            self.check_attribute(tag, name, value or "")
        if tag == "img" and not {"alt", "width", "height", "src"} <= set(names):
            self.complain("a picture without alt, width, height or src")
        if tag not in VOID:
            self.open.append(tag)

    def check_attribute(self, tag, name, value):
        if name.startswith("on") or name == "style":
            self.complain(f"{tag} {name}")
        elif name in ("src", "srcset"):
            self.check_picture(value)
        elif name == "href":
            self.links.append(value)
        elif name == "id":
            self.ids.append(value)
        elif name not in ("alt", "class", "width", "height", "media", "charset", "content", "name", "lang",
                          "http-equiv", "open", "colspan"):
            self.complain(f"{tag} {name}")

    def check_picture(self, value):
        found = DATA.match(value)
        if not found:
            self.complain(f"a picture from elsewhere: {value[:60]}")
            return
        content = base64.b64decode(found[2], validate=True)
        self.pictures += 1
        if found[1] == "image/png":
            if content[:8] != b"\x89PNG\r\n\x1a\n" or content[-8:-4] != b"IEND":
                self.complain("a PNG that is none")
            return
        for element in ElementTree.fromstring(content).iter():
            kind = element.tag.rpartition("}")[2]
            if kind in ("script", "foreignObject", "style"):
                self.complain(f"<{kind}> in an SVG")
            for name, link in element.attrib.items():
                if name.rpartition("}")[2] == "href" and not link.startswith(("#", "data:image/png;")):
                    self.complain(f"an SVG refers to {link[:60]}")
                if name.startswith("on") or "url(" in link and "url(#" not in link:
                    self.complain(f"an SVG has {name}={link[:60]}")

    def handle_endtag(self, tag):
        if tag in VOID or not self.open or self.open[-1] != tag:
            self.complain(f"</{tag}> where {self.open[-1:]} is open")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            self.styles += data

    def finish(self):
        if self.open:
            self.complain(f"still open: {self.open}")
        if re.search(r"url\(|@import|expression", self.styles):
            self.complain("the style asks for something")
        if len(set(self.ids)) != len(self.ids):
            self.complain(f"an id twice: {self.ids}")
        for link in self.links:
            if link[:1] != "#" or link[1:] not in self.ids:
                self.complain(f"a link to {link[:60]}")


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    page = Page()
    page.feed(text)
    page.close()
    page.finish()
    if not text.startswith("<!DOCTYPE html>\n"):
        page.wrong.append("no document type")
    for needed in ('<meta name="viewport" content="width=device-width', "default-src 'none'", "<title>"):
        if needed not in text:
            page.wrong.append(f"no {needed}")
    print("\n".join(page.wrong) or f"well-formed, asks for nothing, {page.pictures} pictures")
    return 1 if page.wrong else 0


sys.exit(main())
