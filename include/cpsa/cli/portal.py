"""Commands of the upload portal: serving it, and a new link to an agency's page."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from cpsa import cycle, links
from cpsa.calendar import Quarter
from cpsa.cli import session
from cpsa.errors import RequestError


def add_to(app: typer.Typer) -> None:
    app.command()(portal)
    app.command()(link)


def portal(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8090,
    proxy: Annotated[
        str, typer.Option(help="Whose word on the client's address is taken, by commas.")
    ] = "127.0.0.1",
) -> None:
    """Serve the page on which agencies send their updates, until it is stopped."""
    from cpsa.portal.serving import serve  # a web server is no burden for the other commands

    serve(session.office(), session.now, host, port, proxy)


def link(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    days: Annotated[int, typer.Option(min=1, max=366, help="For how long it holds.")] = 30,
) -> None:
    """Print a new link to an agency's page: whoever has it may send for the agency."""
    office = session.office()
    if office.settings.portal_url is None:
        raise RequestError("portal.no_address")
    account = cycle.account(office, agency, Quarter.parse(quarter))
    until = session.now() + timedelta(days=days)
    token = links.sign(office.seal_key, links.Pass(account.agency, account.quarter.key, until))
    print(f"{office.settings.portal_url}/u/{token}")
