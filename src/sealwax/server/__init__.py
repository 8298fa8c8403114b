"""The issuer over HTTP: thin endpoints around the pure rules, and the services they use.

A request passes `app` (limits, headers, routing), one endpoint (parse, load, decide, mint, commit,
answer) and nothing else. No framework object passes below this folder.
"""
