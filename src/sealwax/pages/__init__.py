"""The issuer's pages: what they say and how they look; what to answer is decided elsewhere.

Each page is a frozen context (`contexts`) and one template. `render` makes HTML of them in one of
the `languages`; `assets` are the style sheet and the pictures. No page needs a script.
"""
