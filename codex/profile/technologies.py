"""Technologies in the terms of standards, by their evidence: a dependency's name or a file's path."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from codex.profile.model import Technology

_BY_DEPENDENCY: Final = {
    "http": """
        flask werkzeug django fastapi starlette aiohttp tornado sanic falcon litestar bottle pyramid quart
        djangorestframework
        express koa fastify hapi @hapi/hapi @nestjs/core hono restify elysia h3 polka next
        github.com/gin-gonic/gin github.com/labstack/echo github.com/go-chi/chi github.com/gorilla/mux
        github.com/gofiber/fiber github.com/julienschmidt/httprouter connectrpc.com/connect
        axum actix-web rocket warp hyper poem tide salvo tower-http
        spring-boot-starter-web spring-boot-starter-webmvc spring-boot-starter-webflux spring-webmvc
        quarkus-rest quarkus-resteasy
        micronaut-http-server ktor-server-core dropwizard-core javalin spark-core vertx-web
        rails sinatra grape hanami roda puma laravel/framework symfony/http-kernel slim/slim symfony/framework-bundle
        phoenix plug vapor microsoft.aspnetcore.app
    """,
    "flask": "flask quart",
    "django": "django djangorestframework",
    "fastapi": "fastapi",
    "spring": """spring-boot-starter spring-boot-starter-web spring-boot-starter-webmvc spring-boot-starter-webflux
        spring-boot-starter-parent
        spring-core spring-webmvc org.springframework.boot spring-boot-dependencies""",
    "rails": "rails railties",
    "laravel": "laravel/framework",
    "symfony": "symfony/framework-bundle symfony/http-kernel",
    "phoenix": "phoenix",
    "express": "express",
    "nestjs": "@nestjs/core",
    "react": "react react-dom preact react-native next gatsby @remix-run/react",
    "react-native": "react-native",
    "nextjs": "next",
    "vue": "vue nuxt",
    "svelte": "svelte @sveltejs/kit",
    "angular": "@angular/core",
    "solid": "solid-js",
    "astro": "astro",
    "electron": "electron",
    "grpc": """grpcio @grpc/grpc-js google.golang.org/grpc tonic grpc-netty grpc-netty-shaded grpc-stub grpc
        connectrpc.com/connect grpc-core grpc.aspnetcore grpc/grpc grpclib""",
    "protobuf": """protobuf google.golang.org/protobuf prost protobuf-java google-protobuf protobufjs
        github.com/gogo/protobuf @bufbuild/protobuf""",
    "graphql": """graphql graphene strawberry-graphql ariadne @apollo/server apollo-server @apollo/client
        github.com/99designs/gqlgen async-graphql juniper graphql-java graphql-ruby""",
    "openapi": """drf-spectacular flask-smorest connexion apispec github.com/swaggo/swag
        springdoc-openapi-starter-webmvc-ui
        utoipa @nestjs/swagger swagger-ui-express github.com/deepmap/oapi-codegen github.com/oapi-codegen/oapi-codegen
        github.com/getkin/kin-openapi openapi-typescript rswag""",
    "postgresql": """psycopg psycopg2 psycopg2-binary asyncpg pg postgres pg-promise github.com/lib/pq
        github.com/jackc/pgx
        tokio-postgres postgresql pgvector psycopg-binary npgsql npgsql.entityframeworkcore.postgresql postgrex
        diesel-postgres r2dbc-postgresql @neondatabase/serverless""",
    "mysql": """mysqlclient pymysql aiomysql mysql mysql2 github.com/go-sql-driver/mysql mysql-connector-java
        mysql-connector-j mysql_async mysql-connector-python""",
    "sqlite": "better-sqlite3 sqlite3 rusqlite github.com/mattn/go-sqlite3 modernc.org/sqlite aiosqlite",
    "mongodb": "pymongo motor mongodb mongoose go.mongodb.org/mongo-driver mongoid",
    "redis": """redis ioredis aioredis github.com/redis/go-redis github.com/go-redis/redis jedis lettuce-core
        predis/predis spring-boot-starter-data-redis""",
    "kafka": """kafka-python confluent-kafka aiokafka kafkajs github.com/segmentio/kafka-go github.com/ibm/sarama
        github.com/shopify/sarama github.com/twmb/franz-go rdkafka kafka-clients spring-kafka ruby-kafka racecar""",
    "rabbitmq": "pika aio-pika amqplib github.com/rabbitmq/amqp091-go lapin amqp-client bunny spring-rabbit",
    "elasticsearch": "elasticsearch @elastic/elasticsearch github.com/elastic/go-elasticsearch opensearch-py",
    "sqlalchemy": "sqlalchemy sqlmodel flask-sqlalchemy",
    "prisma": "prisma @prisma/client",
    "celery": "celery",
    "sidekiq": "sidekiq",
    "opentelemetry": """opentelemetry-api opentelemetry-sdk @opentelemetry/api go.opentelemetry.io/otel opentelemetry
        opentelemetry-instrumentation""",
    "prometheus": """prometheus-client prom-client github.com/prometheus/client_golang prometheus
        micrometer-registry-prometheus""",
    "aws": """boto3 aiobotocore aws-sdk @aws-sdk/client-s3 github.com/aws/aws-sdk-go github.com/aws/aws-sdk-go-v2
        aws-config
        aws-cdk-lib software.amazon.awssdk""",
    "gcp": "google-cloud-storage google-cloud-bigquery @google-cloud/storage cloud.google.com/go",
    "azure": "azure-identity azure-storage-blob @azure/identity github.com/azure/azure-sdk-for-go",
    "kubernetes": "kubernetes @kubernetes/client-node k8s.io/client-go k8s.io/api kube sigs.k8s.io/controller-runtime",
    "cloudflare-workers": "wrangler @cloudflare/workers-types @cloudflare/vitest-pool-workers worker",
    "pandas": "pandas polars",
    "numpy": "numpy",
    "pytorch": "torch pytorch-lightning",
    "tensorflow": "tensorflow",
    "tailwind": "tailwindcss",
    "vite": "vite",
    "webpack": "webpack",
    "storybook": "storybook",
    "wasm": "wasm-bindgen",
    "tokio": "tokio",
    "cli": "click typer github.com/spf13/cobra clap commander yargs oclif picocli",
    "pytest": "pytest pytest-django pytest-asyncio pytest-cov pytest-xdist pytest-mock",
    "jest": "jest",
    "vitest": "vitest",
    "junit": "junit junit-jupiter junit-jupiter-api",
    "rspec": "rspec rspec-rails",
    "phpunit": "phpunit/phpunit",
    "playwright": "playwright @playwright/test pytest-playwright",
    "cypress": "cypress",
}


def _by_dependency() -> dict[str, tuple[str, ...]]:
    by_name: dict[str, list[str]] = {}
    for technology, names in _BY_DEPENDENCY.items():
        for name in names.split():
            by_name.setdefault(name, []).append(technology)
    return {name: tuple(technologies) for name, technologies in by_name.items()}


DEPENDENCIES: Final = _by_dependency()
"""Technologies by the name of a dependency, in lower case; Java artifacts without their group."""

PATHS: Final = (
    ("docker", re.compile(r"(?:.*/)?(?:Dockerfile|Containerfile)(?:\.[\w-]+)?|(?:.*/)?[\w-]+\.[Dd]ockerfile")),
    ("docker", re.compile(r"(?:.*/)?(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml")),
    ("kubernetes", re.compile(r"(?:.*/)?(?:kustomization\.ya?ml|Chart\.yaml|skaffold\.ya?ml|helmfile\.ya?ml)")),
    (
        "kubernetes",
        re.compile(r"(?:.*/)?(?:k8s|kubernetes|manifests)/.*\b(?:deployment|service|ingress|statefulset)s?\.ya?ml"),
    ),
    ("helm", re.compile(r"(?:.*/)?(?:Chart|helmfile)\.ya?ml")),
    ("terraform", re.compile(r".*\.(?:tf|tofu)|(?:.*/)?\.terraform\.lock\.hcl")),
    ("ansible", re.compile(r"(?:.*/)?ansible\.cfg|(?:.*/)?playbooks?/.*\.ya?ml")),
    ("pulumi", re.compile(r"(?:.*/)?Pulumi\.ya?ml")),
    (
        "openapi",
        re.compile(r"(?:.*/)?(?:openapi|swagger)(?:[.-][\w.-]+)?\.(?:ya?ml|json)|(?:.*/)?[\w-]+\.openapi\.ya?ml"),
    ),
    ("asyncapi", re.compile(r"(?:.*/)?asyncapi(?:[.-][\w.-]+)?\.(?:ya?ml|json)")),
    ("protobuf", re.compile(r".*\.proto|(?:.*/)?buf\.ya?ml")),
    ("graphql", re.compile(r".*\.(?:graphql|graphqls|gql)")),
    ("cloudflare-workers", re.compile(r"(?:.*/)?wrangler\.(?:toml|jsonc?)")),
    ("jupyter", re.compile(r".*\.ipynb")),
    ("nix", re.compile(r"(?:.*/)?(?:flake|shell|default)\.nix")),
    ("bazel", re.compile(r"(?:.*/)?(?:MODULE|WORKSPACE)(?:\.bazel)?")),
    ("prisma", re.compile(r"(?:.*/)?schema\.prisma")),
    ("alembic", re.compile(r"(?:.*/)?alembic\.ini")),
    ("storybook", re.compile(r"(?:.*/)?\.storybook/main\.[cm]?[jt]s")),
    ("serverless", re.compile(r"(?:.*/)?serverless\.ya?ml")),
    ("devcontainer", re.compile(r"(?:\.devcontainer/(?:[\w-]+/)?devcontainer\.json|\.devcontainer\.json)")),
)
"""Technologies by the path of a file; the first path is the evidence."""


def of_dependencies(names: Iterable[str], evidence: str) -> Iterator[Technology]:
    """Yield the technologies that dependencies prove; the name is added to `evidence` (`package.json#dependencies`)."""
    separator = "." if "#" in evidence else "#"
    for name in names:
        for technology in DEPENDENCIES.get(name.lower(), ()):
            yield Technology(name=technology, evidence=f"{evidence}{separator}{name}")


def of_paths(paths: Iterable[str]) -> Iterator[Technology]:
    """Yield the technologies that paths prove, each once."""
    unmatched = list(PATHS)
    for path in paths:
        proven = {name for name, pattern in unmatched if pattern.fullmatch(path)}
        for name in sorted(proven):
            yield Technology(name=name, evidence=path)
        if proven:
            unmatched = [row for row in unmatched if row[0] not in proven]
