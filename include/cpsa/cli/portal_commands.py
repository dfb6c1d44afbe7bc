"""Commands of the upload portal: serving it, and a new link to an agency's page."""

from datetime import timedelta
from typing import Annotated

import typer

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
        str, typer.Option(help="Servers whose X-Forwarded-For is trusted, by commas.")
    ] = "127.0.0.1",
) -> None:
    """Serve the page on which agencies send their updates, until it is stopped."""
    from cpsa.web.portal.serve_portal import serve_portal

    serve_portal(session.open_context(), session.now, host, port, proxy)


def link(
    agency: session.AgencyArgument,
    quarter: session.QuarterArgument,
    days: Annotated[int, typer.Option(min=1, max=366, help="For how many days it is valid.")] = 30,
) -> None:
    """Print a new link to an agency's page; anyone who has it can send for the agency."""
    from cpsa import signed_links
    from cpsa.services.quarter.agency_quarter import load_agency_quarter

    context = session.open_context()
    if context.settings.portal_url is None:
        raise RequestError("portal.no_address")
    account = load_agency_quarter(context, agency, Quarter.parse(quarter))
    until = session.now() + timedelta(days=days)
    token = signed_links.sign_link(
        context.seal_key, signed_links.AgencyLink(account.agency, account.quarter.key, until)
    )
    print(f"{context.settings.portal_url}/u/{token}")
