"""What a package is for: server frameworks and UI frameworks by the names of dependencies, and the facts they prove."""

import re
from collections.abc import Iterable
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import DetectedKind, RepositoryKind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SERVERS: Final = _words(
    """
    flask django fastapi starlette aiohttp tornado sanic falcon litestar bottle pyramid quart
    djangorestframework uvicorn gunicorn express koa fastify hapi @hapi/hapi @nestjs/core restify elysia h3
    polka hono @hono/node-server apollo-server @apollo/server github.com/gin-gonic/gin
    github.com/labstack/echo github.com/go-chi/chi github.com/gorilla/mux github.com/gofiber/fiber
    github.com/julienschmidt/httprouter connectrpc.com/connect axum actix-web rocket
    warp poem tide salvo spring-boot-starter-web spring-boot-starter-webmvc
    spring-boot-starter-webflux spring-boot-starter-thymeleaf quarkus-rest quarkus-resteasy
    micronaut-http-server-netty micronaut-http-server ktor-server-core ktor-server-netty dropwizard-core
    javalin vertx-web http4k-server-jetty http4s-ember-server http4s-blaze-server akka-http pekko-http rails
    sinatra grape hanami roda laravel/framework symfony/framework-bundle slim/slim phoenix bandit
    plug_cowboy vapor hummingbird microsoft.aspnetcore.app
    """
)
"""Dependencies that only a server needs, in lower case; Java artifacts without their group."""
INTERFACES: Final = _words(
    """
    react react-dom preact vue svelte @angular/core solid-js lit next nuxt astro @remix-run/react gatsby
    @sveltejs/kit react-native ember-source @builder.io/qwik expo
    """
)
"""UI frameworks of packages for npm."""
CLIS: Final = _words(
    """
    click typer argh docopt cement github.com/spf13/cobra github.com/urfave/cli github.com/alecthomas/kong
    github.com/spf13/pflag clap structopt argh bpaf lexopt pico-args gumdrop picocli thor dry-cli gli
    symfony/console optparse-applicative
    """
)
"""Dependencies that parse a command line."""


def kind_fact(kind: RepositoryKind, evidence: str) -> DetectedKind:
    """Return a fact about what a package is."""
    return DetectedKind(name=kind, evidence=evidence)


def first_of(names: Iterable[str], known: frozenset[str]) -> str | None:
    """Return the first name that is known, as it is written."""
    return next((name for name in names if name.lower() in known), None)


STARTERS: Final = (
    "Procfile",
    "fly.toml",
    "app.yaml",
    "serverless.yml",
    "serverless.yaml",
    "wrangler.toml",
    "wrangler.jsonc",
)
"""Files that start a service on a platform."""
_CONTAINER: Final = re.compile(r"^[ \t]*(?:CMD|ENTRYPOINT)\b", re.MULTILINE)
_PORT: Final = re.compile(r"^[ \t]*EXPOSE\s+\d", re.MULTILINE)


def starter(folder: EvidenceFolder) -> str | None:
    """Return the file of a folder that starts a service: a Procfile, or a Dockerfile with a command."""
    name = folder.first(*STARTERS)
    if name is not None:
        return folder.at(name)
    return folder.at("Dockerfile") if _CONTAINER.search(folder.text("Dockerfile")) else None


def port(folder: EvidenceFolder) -> str | None:
    """Return the Dockerfile of a folder if its container serves a port."""
    return f"{folder.at('Dockerfile')}#EXPOSE" if _PORT.search(folder.text("Dockerfile")) else None
