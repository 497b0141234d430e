"""What the checks of single rules find: usual work that a check once reported, next to the violation that it has to find."""

import pytest

from codex.workflow.codex_folder import schema
from skills_build.checks.base import Subject, looks_at
from skills_build.checks.read import read_checks
from skills_build.checks.registry import kind_of
from skills_build.model.check import Check, CheckKind
from skills_build.model.standard import Rule, Standard
from tests.standards.loaded import live
from tests.standards.usual_work import USUAL_WORK
from tests.standards.usual_work_of_security import USUAL_WORK_OF_SECURITY

DIGEST = "0" * 64
SEE_A_PART = frozenset(
    [
        "axe",
        "clippy",
        "eslint",
        "golangci-lint",
        "pmd",
        "ruff",
        "shellcheck",
        "spotbugs",
        "sqlfluff",
        "squawk",
        "zizmor",
    ]
)
ONE_OR_A_DIALECT = (1, 2)
"""How many languages a standard for one language names: that for TypeScript names JavaScript, too."""
CASES: tuple[tuple[str, str, str, bool], ...] = (
    # rule, file, text, whether a check of the rule finds something
    ("A11Y-6", "a.css", "button:focus {\n  outline: none;\n}", True),
    ("A11Y-6", "a.css", "button:focus:not(:focus-visible) {\n  outline: none;\n}", False),
    ("A11Y-6", "a.css", "button:focus {\n  outline: none;\n  box-shadow: 0 0 0 3px;\n}", False),
    ("A11Y-6", "a.css", "button {\n  outline: none;\n}\n\nbutton:focus-visible {\n  outline: 2px solid;\n}", False),
    ("A11Y-6", "a.css", "button {\n  outline: none;\n}\n\nbutton:hover {\n  color: red;\n}", True),
    ("A11Y-6", "a.css", "button {\n  outline: 0\n}\n\nbutton:focus {\n  outline: none;\n}", True),
    ("A11Y-6", "a.css", "input:focus {\n  outline: 0 !important;\n}", True),
    ("A11Y-6", "a.css", "input:focus {\n  outline: none;\n  border-bottom: 3px solid;\n}", False),
    ("A11Y-6", "a.css", ".ProseMirror:focus {\n  outline: none;\n}", False),
    ("A11Y-6", "a.css", "[contenteditable]:focus { outline: none; }", False),
    ("A11Y-31", "a.html", '<a href="/terms">here</a>', True),
    ("A11Y-31", "a.html", '<a href="/terms" aria-label="More about our terms">more</a>', False),
    ("AI-5", ".mcp.json", '"URL": "postgresql://admin@orders.production.example/orders"', True),
    ("AI-5", ".mcp.json", '"URL": "postgresql://dev@products.localhost/orders"', False),
    ("AUTH-15", "a.http", "Set-Cookie: session=4f1c; Path=/", True),
    ("AUTH-15", "a.http", "Set-Cookie: sid_session=4f1c; HttpOnly; Secure", True),
    ("AUTH-15", "a.http", "Set-Cookie: session=4f1c; Path=/; HttpOnly; Secure; SameSite=Lax", False),
    ("AUTH-15", "a.http", "Set-Cookie: __Host-session=4f1c; Path=/; Secure; HttpOnly; SameSite=Lax", False),
    ("AUTH-16", "a.py", 'claims = jwt.decode(token, key, ["ES256"])', False),
    ("AUTH-16", "a.py", "claims = jwt.decode(token, key, algorithms_of(token))", True),
    ("AUTH-16", "a.py", "claims = jwt.decode(token, key)", True),
    ("AUTH-16", "a.py", "claims = jwt.decode(\n    token,\n    key,\n    algorithms=ALGORITHMS,\n)", False),
    ("AUTH-16", "a.py", "claims = jwt.decode(token, key, **settings)", False),
    ("CRYPTO-1", "a.yaml", "orders_url: http://orders.example.com # moves in May", True),
    ("CRYPTO-1", "openapi.yaml", "  url: http://www.apache.org/licenses/LICENSE-2.0.html", False),
    ("CRYPTO-1", "a.yaml", "listen: http://0.0.0.0:8080 # see http://example.com/ports", False),
    ("CRYPTO-1", "a.yaml", "# see http://example.com/ports", False),
    ("CRYPTO-3", "a.conf", "ssl_protocols SSLv3 TLSv1.2;", True),
    ("CRYPTO-3", "a.conf", "ssl_protocols\n  TLSv1.1\n  TLSv1.2;", True),
    ("CRYPTO-3", "a.conf", "# ssl_protocols TLSv1 TLSv1.1;\nssl_protocols TLSv1.2 TLSv1.3;", False),
    ("CRYPTO-8", "a.py", "if request.session_token == stored:", True),
    ("CRYPTO-8", "a.py", 'if hmac.new(KEY, body, "sha256").digest() != sent:', True),
    ("CRYPTO-8", "a.py", "if hashlib.sha256(archive).hexdigest() != expected_digest:", False),
    ("CRYPTO-8", "a.py", "if page.next_token == last or tokenizer.pad_token == eos:", False),
    ("CRYPTO-8", "a.py", "if access_token == None:", False),
    ("CRYPTO-8", "tests/test_a.py", "assert answer.access_token == token", False),
    ("CTR-2", "Dockerfile", "FROM node:24", True),
    ("CTR-2", "Dockerfile", f"FROM node:24@sha256:{DIGEST} AS Build\nFROM Build AS test", False),
    ("CTR-2", "Dockerfile", f"FROM node:24@sha256:{DIGEST} AS build.base\nFROM build.base", False),
    ("CTR-2", "tests/apps/web/Dockerfile", "FROM node:24", False),
    ("CTR-2", "Dockerfile.dev", "FROM node:24", False),
    ("CTR-1", "Dockerfile", "FROM a\nUSER root\nRUN x\nCMD x", True),
    ("CTR-1", "Dockerfile", "FROM a\nUSER 0:0\nCMD x", True),
    ("CTR-1", "Dockerfile", "FROM a\nUSER root\nRUN x\nUSER node\nCMD x", False),
    ("CTR-1", "Dockerfile", "FROM a AS build\nUSER root\nRUN x\nFROM d:nonroot\nCMD x", False),
    ("CTR-1", "Dockerfile", 'FROM a\nUSER root\nENTRYPOINT ["gosu", "app"]', False),
    ("CTR-2", "Dockerfile", "FROM registry.example.com/base:$CI_COMMIT_SHA", False),
    ("CTR-2", "Dockerfile", "FROM python:${VERSION}-slim", True),
    ("CTR-4", "Dockerfile", "ENV DB_PASSWORD=hunter2", True),
    ("CTR-4", "Dockerfile", "ARG VERSION=1 NPM_TOKEN", True),
    ("CTR-4", "Dockerfile", "ENV API_TOKEN_FILE=/run/secrets/a", False),
    ("CTR-4", "Dockerfile", "ENV TOKENIZERS_PARALLELISM=false", False),
    ("CTR-4", "Dockerfile", "ENV SECRET_KEY=unused", False),
    ("CTR-7", "Dockerfile", "CMD python -m orders", True),
    ("CTR-7", "Dockerfile", "CMD exec python -m orders", False),
    ("CTR-7", "Dockerfile", "HEALTHCHECK --interval=5s \\\n  CMD curl localhost", False),
    ("CTR-15", "compose.yaml", "    privileged: true # reads the counters of the machine", False),
    (
        "CTR-19",
        "compose.yaml",
        "  a:\n    image: docker-socket-proxy:1\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n",
        False,
    ),
    ("IAC-4", "main.tf", 'resource "aws_db_instance" "a" {\n  identifier = "a"\n}\n', True),
    ("IAC-4", "main.tf", 'resource "aws_db_instance" "a" {\n  deletion_protection = false\n}\n', True),
    ("IAC-4", "main.tf", 'resource "aws_db_instance" "a" {\n  deletion_protection = var.production\n}\n', False),
    (
        "IAC-4",
        "main.tf",
        'resource "aws_rds_cluster" "a" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n',
        False,
    ),
    ("IAC-4", "main.tf", 'resource "aws_db_instance" "a" {\n  replicate_source_db = "b"\n}\n', False),
    ("IAC-16", "a.tf", 'variable "pull_secret" {\n  description = "Name of the secret"\n}\n', False),
    ("A11Y-39", "a.tsx", "<button onPointerDown={() => removeLine(id)}>", True),
    ("A11Y-39", "a.js", 'handle.addEventListener("pointerdown", (event) => {', False),
    ("CTR-15", "compose.yaml", "    privileged: true", True),
    ("CTR-15", ".github/workflows/a.yml", "- run: docker run --privileged --rm tonistiigi/binfmt --install all", False),
    ("CTR-15", "compose.yaml", '    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]', False),
    ("CTR-19", "compose.yaml", '    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]', True),
    (
        "CTR-19",
        "compose.yaml",
        '    volumes: ["/run/containerd/containerd.sock:/run/containerd/containerd.sock"]',
        True,
    ),
    ("CTR-19", "compose.dev.yaml", '    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]', False),
    ("CTR-19", "compose.yaml", '    environment: { DOCKER_HOST: "tcp://socket-proxy:2375" }', False),
    ("DATA-12", "a.py", "import redis\ncache.set(key, rates)", True),
    ("DATA-12", "a.py", "cache = BoundedCache(100)\ncache.set(key, rates)", False),
    ("DATA-12", "a.py", "import redis\ncache.set(key, rates)\ncache.expire(key, 300)", False),
    ("DATA-12", "a.py", "import redis\ncache.set(\n    key,\n    rates,\n    timeout=300,\n)", False),
    ("DATA-12", "a.py", "import redis\ncache.set(key, rates, **lifetime)", False),
    ("DATA-12", "a.py", "import redis\ncache.set(key, rates, 300)", False),
    (
        "DATA-12",
        "a.py",
        "from django.core.cache import cache\n\n\ndef keep(rates: str) -> None:\n    cache.set('rates', rates)",
        False,
    ),
    ("DATA-13", "a.sql", "CREATE TABLE lines (unit_price double precision);", True),
    ("DATA-13", "a.sql", "ALTER TABLE lines ADD COLUMN net_amount_eur real;", True),
    ("DATA-13", "a.sql", "CREATE TABLE payments (\n    id bigint,\n    amount float NOT NULL\n);", True),
    ("DATA-13", "a.sql", "CREATE TABLE runs (total_seconds double precision, feed_rate real);", False),
    ("DATA-13", "a.sql", "CREATE TABLE ingredients (\n    id bigint,\n    amount real\n);", False),
    ("DATA-13", "a.sql", "CREATE TABLE trends (avg_price double precision);", False),
    ("DEP-14", "Dockerfile", "COPY package*.json ./\nENV CI=1\nRUN npm install --omit=dev", True),
    ("DEP-14", "Dockerfile", "COPY package-lock.json package.json ./\nRUN npm install -g serve", False),
    ("DEP-14", "Dockerfile", "COPY package.json ./\nRUN npm install", False),
    ("DEP-14", "Dockerfile", "RUN pip install -r requirements.txt", False),
    ("DEP-14", ".github/workflows/test.yml", "- run: npm install", False),
    ("DEP-14", "tests/apps/web/Dockerfile", "COPY package*.json ./\nRUN npm install", False),
    ("DEP-14", "scripts/start.sh", "npm install", False),
    ("FE-2", "a.tsx", "useState(0);\nuseEffect(() => {\n  setTotal(sum(lines));\n}, [lines]);", True),
    ("FE-2", "a.tsx", "useEffect(() => setMounted(true), []);", False),
    ("FE-2", "a.tsx", "useEffect(() => setTimeout(reload, 1000), [url]);", False),
    ("FE-9", "a.html", '<script src="https://unpkg.com/a@1/a.js"></script>', True),
    ("FE-9", "a.html", '<script src="https://static.shop.example/a.js"></script>', False),
    ("FE-9", "a.html", '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>', False),
    ("FE-9", "a.html", '<script async src="https://js.stripe.com/clover/stripe.js"></script>', False),
    ("FE-15", "a.ts", 'window.addEventListener("message", (event) => apply(event.data));', True),
    ("FE-15", "a.ts", 'window.addEventListener("message", onMessage);', False),
    ("FE-15", "a.ts", 'socket.addEventListener("message", (event) => apply(event.data));', False),
    (
        "FE-15",
        "a.ts",
        'window.addEventListener("message", ({ origin, data }) => isListed(origin) && apply(data));',
        False,
    ),
    ("GIT-5", "a.sh", "git push --force origin main", True),
    ("GIT-5", "a.sh", "git push origin HEAD:refs/heads/main --force-with-lease", True),
    ("GIT-5", "a.sh", "git push origin +main", True),
    ("GIT-5", "a.sh", "git push --force origin gh-pages", False),
    ("GIT-5", "a.sh", "git push --force origin v4", False),
    ("GIT-5", "a.sh", "git push --force heroku main", False),
    ("GIT-5", "a.sh", "git push -f origin HEAD:renovate/maintain", False),
    ("GIT-5", "a.sh", "git push origin main\nrm -f notes.txt", False),
    ("IAC-14", "a.tf", '  source = "git::https://git.example.com/a.git?ref=main"', True),
    ("IAC-14", "a.tf", '  source = "git::https://git.example.com/a.git//vpc?ref=v1.4.0"', False),
    ("IAC-14", "a.tf", '  source = "git::https://git.example.com/a.git"', True),
    ("IAC-14", "a.tf", f'  source = "git::https://git.example.com/a.git?depth=1&ref={DIGEST[:40]}"', False),
    ("IAC-2", "a.sh", "terraform apply -auto-approve", True),
    ("IAC-2", "a.sh", "terraform apply -input=false -auto-approve -lock-timeout=5m tfplan", False),
    ("JAVA-6", "src/main/java/A.java", "{ try { run(); } catch (IOException e) { } }", True),
    ("JAVA-6", "src/test/java/ATest.java", "{ try { run(); fail(); } catch (IOException e) { } }", False),
    (
        "JAVA-7",
        "A.java",
        "{ try { run(); } catch (InterruptedException e) { throw new IllegalStateException(e); } }",
        True,
    ),
    ("JAVA-7", "A.java", "{ try { run(); } catch (InterruptedException e) { throw e; } }", False),
    ("JAVA-7", "A.java", "{ try { run(); } catch (InterruptedException e) { interrupted = true; } }", False),
    ("JAVA-15", "A.java", "class A { Object f() { return new ObjectInputStream(body).readObject(); } }", True),
    (
        "JAVA-15",
        "A.java",
        "class A { Object f() { var in = new ObjectInputStream(body); in.setObjectInputFilter(LISTED); return in; } }",
        False,
    ),
    ("K8S-14", "a.yaml", "kind: Secret\nmetadata:\n  name: a\nstringData:\n  password: hunter2\n", True),
    (
        "K8S-14",
        "a.yaml",
        "kind: Secret\nmetadata:\n  name: a\nstringData:\n  password: {{ .Values.password }}\n",
        False,
    ),
    ("LLM-21", "a.py", "model = torch.load(hf_hub_download(a, b), weights_only=False)", True),
    ("LLM-21", "a.py", "model = joblib.load(OWN_MODEL)", False),
    ("PRIV-4", "a.py", 'log.info("signed up %s", current_user.email)', True),
    ("PRIV-4", "a.py", 'log.info(f"signed up {user.email}")', True),
    ("PRIV-4", "a.py", 'log.info("signed up %s", keyed_hash(user.email))', False),
    ("PRIV-4", "a.py", 'log.info("listening on %s", server.address)', False),
    ("PRIV-4", "a.py", 'log.info("sending by %s", settings.email.host)', False),
    ("PRIV-4", "a.py", 'log.warning("sign-in refused from %s", request.client.host)', False),
    ("PY-14", "a.py", "subprocess.run(command, check=True)", True),
    ("PY-14", "a.py", "subprocess.run(command, **options)", False),
    ("RPC-5", "a.py", "self.stub = A(grpc.insecure_channel(b))\norder = self.stub.GetOrder(request, 2.0)", False),
    ("RPC-5", "a.py", "self.stub = A(grpc.insecure_channel(b))\nself.stub.GetOrder(request, **options)", False),
    ("RPC-5", "a.py", "self.stub = A(grpc.insecure_channel(b))\norder = self.stub.GetOrder(\n    request,\n)", True),
    ("RPC-5", "a.py", "stub = A(grpc.aio.secure_channel(b, c))\norder = stub.GetOrder(fetch(timeout=2))", True),
    ("RPC-5", "a.py", "stub = A(grpc.insecure_channel(b))\nstub.GetOrder(\n    request,\n    timeout=2.0,\n)", False),
    ("SECRET-3", "a.py", 'token = os.environ["API_TOKEN"]', True),
    ("SECRET-3", "a.ts", "const key = process.env.KEY;", True),
    ("SECRET-3", "a.ts", "const key = process.env.NEXT_PUBLIC_MAPS_KEY;", False),
    ("SECRET-3", "a.ts", "const animal = process.env.MONKEY;", False),
    ("SECRET-10", ".gitlab-ci.yml", '  AWS_SECRET_ACCESS_KEY: "$DEPLOY_KEY"', True),
    ("SECRET-10", ".github/workflows/a.yml", "  AWS_SECRET_ACCESS_KEY: test", False),
    ("SECRET-12", "a.py", 'url = f"https://api.example.com/orders?token={token}"', True),
    ("SECRET-12", "a.py", 'link = f"https://shop.example.com/reset?token={token}"', False),
    ("SEC-4", "a.py", "open(UPLOADS / upload.filename, 'wb')", True),
    ("SEC-4", "a.py", "open(arguments.filename)", False),
    ("SEC-8", "a.py", "digest = hashlib.sha256(salt + password.encode())", True),
    ("SEC-8", "a.py", "digest = hashlib.sha256(password_reset_token.encode())", False),
    ("SH-5", "a.sh", 'curl -fsSL "$url" | sudo bash -s', True),
    ("SH-5", "a.sh", 'curl -fsSL "$url" || sh ./report.sh', False),
    ("SH-13", "a.sh", 'eval "backup_$name=finished"', True),
    ("SH-13", "a.sh", 'eval "$(tool $name)"', True),
    ("SH-13", "a.sh", 'eval "$(pyenv init -)"', False),
    ("SH-13", "a.sh", 'eval "$(ssh-agent -s)" >/dev/null', False),
    ("SH-13", "a.sh", 'eval "$(SHELL=/bin/sh lesspipe)"', False),
    ("SH-13", "a.sh", 'eval "$(ssh-agent -s)$extra"', True),
    ("SH-13", "a.sh", 'eval set -- "$options"', False),
    ("SH-13", "a.sh", r'''eval "$(jq -r '@sh "REGION=\(.region)"')"''', False),
    ("SH-13", "a.sh", r'''eval "$(jq -r '"REGION=\(.region)"')"''', True),
    ("SH-14", "a.sh", 'set -eux\ncurl --header "Authorization: Bearer $TOKEN" "$url"', True),
    ("SH-14", "a.sh", 'set -x\nmake\nset +x\ncurl --header "Authorization: Bearer $TOKEN" "$url"', False),
    ("SH-14", "a.sh", "set -x\nmake all", False),
    ("SQL-2", "a.sql", "UPDATE `orders` SET paid = 1;", True),
    ("SQL-2", "a.sql", "UPDATE texts SET body = 'a;b';", True),
    ("SQL-2", "a.sql", "UPDATE texts SET body = 'it''s; a &amp; b'\nWHERE id = 3;", False),
    ("SQL-2", "a.sql", "/* all nine rows */\nUPDATE rates SET cents = 0;", False),
    ("SQL-2", "a.sql", "UPDATE rates SET cents = 0; -- all nine rows", False),
    ("SQL-2", "tests/reset.sql", "DELETE FROM orders;", False),
    ("SQL-2", "a.sql", "DELETE FROM logs ORDER BY id LIMIT 1000;", False),
    ("SQL-2", "a.sql", "UPDATE logs SET kept = (SELECT 1 FROM rules LIMIT 1);", True),
    ("SQL-2", "a.sql", "UPDATE logs SET n = (SELECT max(n) FROM logs LIMIT 1) + 1;", True),
    ("SQL-2", "a.sql", "DELETE FROM o USING orders AS o JOIN closed AS c ON c.id = o.id;", False),
    ("SQL-13", "a.sql", "SELECT id FROM orders ORDER BY id LIMIT 1 OFFSET 4;", False),
    ("SQL-13", "a.sql", "SELECT id FROM orders ORDER BY id LIMIT 100 OFFSET 400;", True),
    ("SQL-6", "a.sql", "CREATE TABLE copies (LIKE orders);", True),
    ("SQL-6", "a.sql", "CREATE TABLE copies (LIKE orders INCLUDING ALL);", False),
    ("SQL-6", "db/structure.sql", "CREATE TABLE public.orders (\n    id bigint\n);", False),
    ("TEST-2", "tests/test_a.py", "def test_a():\n    assert cart._lines == []", True),
    ("TEST-2", "tests/test_a.py", "def test_a():\n    assert order._replace(total=3)._asdict() == {}", False),
    ("TEST-2", "tests/test_a.py", "def test_a():\n    assert Order._meta.ordering == []", False),
    ("TEST-14", "tests/test_a.py", "@pytest.mark.flaky(reruns=2)\ndef test_a(): ...", True),
    ("TEST-14", "tests/e2e/test_a.py", "@pytest.mark.flaky(reruns=2)\ndef test_a(): ...", False),
    ("TEST-12", "tests/test_a.py", "def test_sorted():\n    names == sorted(names)", True),
    ("TEST-12", "tests/test_a.py", "def test_money():\n    with pytest.raises(TypeError):\n        EUR < 2", False),
    ("SVC-3", "a.py", "while True:\n    try:\n        return call()\n    except TimeoutError:\n        continue", True),
    (
        "SVC-3",
        "a.py",
        "while True:\n    try:\n        item = queue.get(timeout=1)\n    except TimeoutError:\n        continue\n    handle(item)",
        False,
    ),
    (
        "SVC-3",
        "a.py",
        "while True:\n    try:\n        a.accept()\n    except ConnectionError:\n        continue",
        False,
    ),
    (
        "SVC-3",
        "a.py",
        "while True:\n    await asyncio.sleep(5)\n    try:\n        await sync()\n    except ConnectionError:\n        continue",
        False,
    ),
    ("SVC-10", "a.py", '@app.route("/a")\ndef a():\n    return os.getenv("A")', True),
    ("SVC-10", "a.py", '@router.get("/a")\nasync def a() -> str:\n    return os.environ.get("A", "")', True),
    ("SVC-10", "manage.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")', False),
    ("SVC-10", "a.py", '@app.post("/a")\ndef a():\n    run(command, env={**os.environ, "LC_ALL": "C"})', False),
    ("SVC-10", "main.py", 'def main() -> None:\n    serve(port=int(os.environ["PORT"]))', False),
    ("TEST-6", "tests/test_orders.py", "time.sleep(2)", True),
    ("TEST-6", "tests/test_orders.py", "await asyncio.sleep(0.5)", True),
    ("TEST-6", "tests/test_orders.py", "await asyncio.sleep(0)", False),
    ("TEST-6", "tests/integration/test_orders.py", "time.sleep(2)", False),
    ("WEB-10", "a.py", "parser.setFeature(feature_external_ges, True)", True),
    ("WEB-10", "a.py", "parser = etree.XMLParser(resolve_entities=True)", True),
    ("WEB-10", "a.php", "$document->loadXML($body, LIBXML_NOENT);", True),
    ("WEB-10", "a.py", "xml.sax.parse(body, handler)", False),
    ("WEB-10", "a.py", "parser = etree.XMLParser(resolve_entities=False)", False),
    ("WEB-12", "a.py", 'app.add_middleware(Cors, allow_origins=["*"], allow_credentials=True)', True),
    ("WEB-12", "a.py", 'app.add_middleware(Cors, allow_origins=["*"])', False),
    ("WEB-15", "a.js", "box.innerHTML = text;", True),
    ("WEB-15", "a.js", 'box.innerHTML = "";', False),
    ("WEB-15", "a.js", "box.innerHTML = `Hello ${name}`;", True),
    ("WEB-15", "a.js", "box.innerHTML = `\n  <b>${name}</b>\n`;", True),
    ("WEB-15", "a.js", "box.innerHTML = '<b>' + name;", True),
    ("WEB-15", "a.js", "template.innerHTML = `\n  <slot></slot>\n`;", False),
    ("WEB-15", "a.js", "box.insertAdjacentHTML('beforeend', '<br>');", False),
    ("WEB-15", "a.js", "box.insertAdjacentHTML('beforeend', line);", True),
    ("WEB-15", "src/a.test.js", "document.body.innerHTML = page(1);", False),
    ("WEB-15", "a.js", "box.innerHTML = DOMPurify.sanitize(text);", False),
    ("FE-2", "a.tsx", "useState(0);\nReact.useEffect(() => { setTotal(a + b) }, [a, b]);", True),
    ("FE-2", "a.tsx", "React.useEffect(() => { setMounted(true) }, []);", False),
    ("IAC-14", "a.tf", 'module "a" { source = "git::https://example.com/a.git" }', True),
    ("IAC-14", "a.tf", '  # source = "git::https://example.com/a.git"', False),
    ("K8S-14", "a.yaml", "kind: Secret\ndata:\n  password: cGFzcw==\n", True),
    ("K8S-14", "a.yaml", "data:\n  password: cGFzcw==\nkind: Secret\n", True),
    ("K8S-14", "a.yaml", 'kind: "Secret"\nmetadata: {name: a}\nstringData:\n  a: b\n', True),
    ("K8S-14", "a.yaml", "kind: ConfigMap\n---\nkind: Secret\ndata:\n  a: Yg==\n", True),
    ("K8S-14", "a.yaml", "kind: Secret\ndata:\n  a: ENC[AES256]\nsops:\n  version: 3\n", False),
    ("K8S-14", "a.yaml", "kind: Secret\ntype: Opaque\n---\nkind: ConfigMap\ndata:\n  a: b\n", False),
    ("K8S-14", "a.yaml", "kind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\ntype: Opaque\n", False),
    ("SH-5", "a.sh", 'bash -c "$(curl -fsSL https://example.com/install.sh)"', True),
    ("SH-5", "a.sh", "sh <(curl -fsSL https://example.com/install.sh)", True),
    ("SH-5", "a.sh", 'bash -c "$(cat install.sh)"', False),
    ("SH-5", "a.sh", '# bash -c "$(curl -fsSL https://example.com/install.sh)"', False),
    ("SH-13", "a.sh", "if true; then eval $1; fi", True),
    ("SH-13", "a.sh", 'value=$(eval echo "\\$$name")', True),
    ("SH-13", "a.sh", '[ -z "$agent" ] && eval "$(ssh-agent -s)"', False),
    ("SH-13", "a.sh", '# before: then eval "$command"', False),
    ("SVC-10", "src/a.py", 'url = os.environ["URL"]  # read at start', False),
    ("TEST-14", "test_a.py", "pytestmark = pytest.mark.flaky(reruns=2)", True),
    ("TEST-14", "test_a.py", "@flaky(max_runs=3)\ndef test_a(): ...", True),
    ("TEST-14", "test_a.py", "# pytest.mark.flaky is not allowed here", False),
    ("TS-3", "a.ts", "const user = JSON.parse(text) as User;", True),
    ("TS-3", "a.ts", "const value = JSON.parse(text) as unknown;", False),
    ("TS-3", "a.ts", "const value = (await response.json()) as unknown;", False),
)


@pytest.mark.parametrize(("id_", "path", "text", "expected"), CASES + USUAL_WORK + USUAL_WORK_OF_SECURITY)
def test_a_check_finds_violations_and_no_usual_work(id_: str, path: str, text: str, expected: bool) -> None:
    assert _finds(id_, path, text) is expected


def test_a_rule_whose_tools_see_only_a_part_asks_a_reviewer() -> None:
    """A tool for one language, forge or kind of element decides no rule for all of them, and a check that names a reviewer needs one."""
    silent = [rule.id for standard, rule in live() if _sees_a_part(standard, rule) and not _asks_a_reviewer(rule)]
    assert silent == []


@pytest.mark.parametrize("path", ["tests/test_a.py", "pkg/test/data.py", "src/a_test.py", "conftest.py"])
def test_a_linter_that_reports_each_assert_is_not_read_for_tests_which_the_rule_excepts(path: str) -> None:
    standard, rule = next((standard, rule) for standard, rule in live() if rule.id == "PY-5")
    assert standard.scope.languages == ("python",)
    (check,) = _checks(rule)
    assert not looks_at(check.spec, path, lambda _: True)
    assert looks_at(check.spec, "src/a.py", lambda _: True)


def _sees_a_part(standard: Standard, rule: Rule) -> bool:
    checks = _checks(rule)
    if not checks:
        return False
    if any(label.name.casefold() == "check" and "reviewer" in label.text for label in rule.labels):
        return True
    return len(standard.scope.languages) not in ONE_OR_A_DIALECT and any(
        check.spec.linter in SEE_A_PART for check in checks
    )


def _asks_a_reviewer(rule: Rule) -> bool:
    return any(check.kind is CheckKind.JUDGEMENT for check in _checks(rule))


def _checks(rule: Rule) -> tuple[Check, ...]:
    return tuple(read_checks(rule, schema("check"), "").checks)


def _finds(id_: str, path: str, text: str) -> bool:
    rule = next(rule for _, rule in live() if rule.id == id_)
    subject = Subject(paths=[path], read=lambda _: text)
    return any(kind_of(check.kind).evaluate(check.spec, subject).matches for check in _checks(rule))
