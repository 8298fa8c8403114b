"""The words of the command line: every command, its options and its help.

Built on the standard library's argparse, so that a core install (the verifier alone) has
`sealwax inspect`, and says of every other command which extra it needs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from sealwax import __version__

Add = Callable[[argparse.ArgumentParser], None]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 -- no public name
"""What argparse gives for adding commands."""


def build_parser() -> argparse.ArgumentParser:
    """Build the whole parser; a command's own module is imported only when the command runs."""
    parser = argparse.ArgumentParser(
        prog="sealwax",
        description="An authorization server and OpenID provider, and the tools around its tokens.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"sealwax {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _serve(commands)
    _tour(commands)
    _check(commands)
    _user(commands)
    _client(commands)
    _resource(commands)
    _key(commands)
    _session(commands)
    _inspect(commands)
    return parser


def _command(
    commands: Commands, name: str, run: str, help_text: str, *adders: Add
) -> argparse.ArgumentParser:
    """Add one command; `run` is `module:function` below `sealwax.cli.commands`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help_text, description=help_text.capitalize() + ".", allow_abbrev=False
    )
    for add in adders:
        add(parser)
    parser.set_defaults(run=_runner(run))
    return parser


def _runner(target: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        module, _, function = target.partition(":")
        code: int = getattr(import_module(f"sealwax.cli.commands.{module}"), function)(arguments)
        return code

    return run


def _group(commands: Commands, name: str, help_text: str) -> Commands:
    parser = commands.add_parser(
        name, help=help_text, description=help_text.capitalize() + ".", allow_abbrev=False
    )
    return parser.add_subparsers(dest="action", required=True, metavar="ACTION")


def _deployment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="the TOML file with the settings")
    parser.add_argument("--data", metavar="DIR", help="the data folder (default: ./sealwax-data)")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def _yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask; for scripts")


def _serve(commands: Commands) -> None:
    parser = _command(
        commands, "serve", "serve:serve", "start the authorization server", _deployment
    )
    parser.add_argument(
        "--issuer", metavar="URL", help="the issuer's own address (default: http://localhost:PORT)"
    )
    parser.add_argument("--host", metavar="H", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", metavar="P", help="the port to listen on (default: 8000)")
    parser.add_argument("--tls-cert", metavar="FILE", help="the certificate chain, PEM")
    parser.add_argument("--tls-key", metavar="FILE", help="the certificate's private key, PEM")
    parser.add_argument(
        "--development-certificate",
        action="store_true",
        help="serve https on this machine with a certificate made for it in the data folder",
    )


def _tour(commands: Commands) -> None:
    parser = _command(
        commands,
        "tour",
        "tour:tour",
        "start the guided tour: an issuer, two APIs and a web app on this machine",
    )
    parser.add_argument(
        "--port", metavar="P", default="8000", help="the first of four ports (default: 8000)"
    )


def _check(commands: Commands) -> None:
    _command(
        commands,
        "check",
        "check:check",
        "check the configuration and the deployment, each finding with its remedy",
        _deployment,
        _json,
    )


def _user(commands: Commands) -> None:
    actions = _group(commands, "user", "people who can sign in")

    def username(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME")

    def password(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input instead of printing a one-time link",
        )

    add = _command(
        actions, "add", "user:add", "add a person", username, password, _deployment, _json
    )
    add.add_argument("--name", metavar="NAME", help="the name shown (default: the username)")
    add.add_argument("--email", metavar="ADDRESS", help="the person's address, taken as verified")
    add.add_argument("--administrator", action="store_true", help="may administer this server")
    _command(actions, "list", "user:list_users", "list people", _deployment, _json)
    _command(actions, "show", "user:show", "show one person", username, _deployment, _json)
    _command(
        actions,
        "disable",
        "user:disable",
        "keep a person out and end all their sessions",
        username,
        _deployment,
    )
    _command(actions, "enable", "user:enable", "let a person in again", username, _deployment)
    _command(
        actions,
        "set-password",
        "user:set_password",
        "print a one-time link that sets a new password, or set it",
        username,
        password,
        _deployment,
        _json,
    )
    _command(
        actions, "delete", "user:delete", "remove a person for good", username, _yes, _deployment
    )


def _client(commands: Commands) -> None:
    actions = _group(commands, "client", "applications and services that ask for tokens")

    def client_id(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("client_id", metavar="CLIENT_ID")

    add = _command(actions, "add", "client:add", "register a client", client_id, _deployment, _json)
    add.add_argument("--name", metavar="NAME", help="the name people see (default: the client id)")
    add.add_argument(
        "--auth-method",
        default="client_secret_basic",
        choices=("none", "client_secret_basic", "client_secret_post", "private_key_jwt"),
        help="how it authenticates (default: client_secret_basic); none: browser and native apps",
    )
    add.add_argument("--jwks", metavar="FILE", help="its public keys, for private_key_jwt")
    add.add_argument(
        "--redirect-uri", metavar="URI", action="append", default=[], help="may repeat"
    )
    add.add_argument(
        "--post-logout-redirect-uri", metavar="URI", action="append", default=[], help="may repeat"
    )
    add.add_argument(
        "--grant-type",
        action="append",
        choices=("authorization_code", "refresh_token", "client_credentials"),
        help="may repeat (default: authorization_code)",
    )
    add.add_argument(
        "--scope",
        metavar="SCOPE",
        action="append",
        default=[],
        help="one it may ask for; may repeat",
    )
    add.add_argument(
        "--web-origin", metavar="ORIGIN", action="append", default=[], help="may repeat (CORS)"
    )
    add.add_argument("--default-resource", metavar="URI", help="the audience when it names none")
    add.add_argument(
        "--introspects",
        metavar="URI",
        action="append",
        default=[],
        help="a resource whose tokens it may introspect; may repeat",
    )
    add.add_argument(
        "--first-party",
        action="store_true",
        help="ours: may use /signin, people are not asked for consent",
    )
    add.add_argument(
        "--id-token-alg",
        default="RS256",
        choices=("ES256", "RS256", "PS256", "Ed25519"),
        help="the algorithm of its ID tokens (default: RS256)",
    )
    _command(actions, "list", "client:list_clients", "list clients", _deployment, _json)
    _command(actions, "show", "client:show", "show one client", client_id, _deployment, _json)
    rotate = _command(
        actions,
        "rotate-secret",
        "client:rotate_secret",
        "give a client a new secret; the last one stays good until the next rotation",
        client_id,
        _deployment,
        _json,
    )
    rotate.add_argument("--drop-old", action="store_true", help="end the earlier secrets at once")
    _command(
        actions,
        "delete",
        "client:delete",
        "remove a client and end all it was given",
        client_id,
        _yes,
        _deployment,
    )


def _resource(commands: Commands) -> None:
    actions = _group(commands, "resource", "APIs that accept the tokens")

    def identifier(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("identifier", metavar="URI", help="the audience of its tokens")

    add = _command(
        actions, "add", "resource:add", "register an API", identifier, _deployment, _json
    )
    add.add_argument("--name", metavar="NAME", help="the name people see (default: the URI)")
    add.add_argument(
        "--scope",
        metavar="SCOPE",
        action="append",
        default=[],
        help="one that it knows; may repeat",
    )
    add.add_argument(
        "--lifetime", metavar="SECONDS", default="600", help="of its access tokens (default: 600)"
    )
    add.add_argument(
        "--alg",
        default="ES256",
        choices=("ES256", "RS256", "PS256", "Ed25519"),
        help="the algorithm of its access tokens (default: ES256)",
    )
    _command(actions, "list", "resource:list_resources", "list APIs", _deployment, _json)
    _command(actions, "show", "resource:show", "show one API", identifier, _deployment, _json)
    _command(
        actions,
        "delete",
        "resource:delete",
        "remove an API; no more tokens are issued for it",
        identifier,
        _yes,
        _deployment,
    )


def _key(commands: Commands) -> None:
    actions = _group(commands, "key", "the keys that sign")
    _command(
        actions,
        "list",
        "key:list_keys",
        "list keys and their place in the rotation",
        _deployment,
        _json,
    )
    rotate = _command(
        actions,
        "rotate",
        "key:rotate",
        "publish a new key now; it signs once every receiver has seen it",
        _deployment,
        _json,
    )
    rotate.add_argument(
        "--algorithm",
        default="ES256",
        choices=("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519"),
        help="whose key (default: ES256)",
    )
    revoke = _command(
        actions,
        "revoke",
        "key:revoke",
        "emergency: a key stops being trusted, a fresh one signs at once",
        _yes,
        _deployment,
    )
    revoke.add_argument("kid", metavar="KID")


def _session(commands: Commands) -> None:
    actions = _group(commands, "session", "sign-in sessions")
    listing = _command(
        actions, "list", "session:list_sessions", "list living sessions", _deployment, _json
    )
    listing.add_argument("--user", metavar="USERNAME", help="only this person's")
    revoke = _command(
        actions,
        "revoke",
        "session:revoke",
        "end a session, or all of a person, and take back the tokens it gave",
        _deployment,
    )
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument("session_id", nargs="?", metavar="SESSION_ID")
    which.add_argument("--user", metavar="USERNAME", help="all sessions of this person")


def _inspect(commands: Commands) -> None:
    parser = _command(
        commands,
        "inspect",
        "inspect:inspect",
        "explain a token, claim by claim, and say why it would be refused; it is sent nowhere",
        _json,
    )
    parser.add_argument(
        "token", metavar="TOKEN", help="the token, or - to read it from standard input"
    )
    parser.add_argument("--issuer", metavar="URL", help="who should have issued it")
    parser.add_argument("--audience", metavar="AUD", help="who should accept it")
    parser.add_argument(
        "--jwks",
        metavar="FILE|URL",
        help="the issuer's public keys (default: fetched from the issuer when --issuer is given)",
    )
    parser.add_argument(
        "--type",
        metavar="TYP",
        default="at+jwt",
        help="the kind of token expected (default: at+jwt; JWT for ID tokens)",
    )
