"""deploy/: what a machine is told fits the code: roles, variables, connections, files, rules and runbook (OPS-5, OPS-8).

Compose is read, not run: there is no container engine in a test run. PostgreSQL's and RabbitMQ's parts run on the real servers.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import yaml
from prometheus_client import REGISTRY

from common import metrics  # noqa: F401  # puts our metrics into the registry
from common.db import PEOPLE
from common.db.connect import VIGILANCE
from suite.houses import HOUSES, STORED

SETTING = re.compile(r"^    (\w+): ", re.MULTILINE)
ASKED_FOR = re.compile(r"\$\{(\w+)")
OUR_METRIC = re.compile(r"\brenraku_\w+")
RESERVED = 3 + 1  # PostgreSQL keeps three for its owner; `migrate` needs one
API, DOOR = 8000, 9100


@pytest.fixture(scope="module")
def deploy(root: Path) -> Path:
    return root / "deploy"


@pytest.fixture(scope="module")
def compose(deploy: Path) -> dict[str, Any]:
    return yaml.safe_load((deploy / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def roles(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the services that are roles of ours, by name as in `messaging-api`."""
    doors = ("api", "worker", "jobs")
    return {name: role for name, role in compose["services"].items() if role.get("command", [""])[0] in doors}


def test_every_role_of_every_house_is_there_and_runs_what_its_name_says(roles):
    wanted = {f"{house.name}-api" for house in HOUSES.values()} | {f"{h.name}-{d}" for h in STORED for d in ("worker", "jobs")}
    assert wanted - set(roles) == set()
    for name, role in roles.items():
        house, _, door = name.rpartition("-")
        assert role["command"][:2] == [door, house]
        assert str(API if door == "api" else DOOR) in role["healthcheck"]["test"][-1]


def test_every_variable_of_a_role_is_a_setting_of_its_house(roles, compose, root):
    def settings_of(house: str) -> set[str]:
        files = [root / "libs/common/common/config.py", *(root / "services" / house).glob("*/config.py")]
        return {f"RENRAKU_{name.upper()}" for file in files for name in SETTING.findall(file.read_text(encoding="utf-8"))}

    houses = {name.rpartition("-")[0]: settings_of(name.rpartition("-")[0]) for name in roles}
    there = {house for house in houses if (root / "services" / house).is_dir()}
    strange = {
        name: sorted(unknown)
        for name, role in roles.items()
        if (house := name.rpartition("-")[0]) in there and (unknown := set(role["environment"]) - houses[house])
    }
    assert strange == {}
    assert (
        set(compose["services"]["migrate"]["environment"]) - set().union(*(role["environment"] for role in roles.values())) == set()
    )


def test_every_value_that_is_asked_for_stands_in_the_example(deploy):
    asked = set(ASKED_FOR.findall((deploy / "compose.yaml").read_text(encoding="utf-8")))
    example = (deploy / "env/compose.example.env").read_text(encoding="utf-8")
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert not re.findall(r"^\w*PASSWORD\w*=.+", example, re.MULTILINE)


def test_every_file_that_is_mounted_or_read_exists(compose, deploy, root):
    named = [volume.partition(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])]
    missing = [name for name in named if name.startswith("./") and not (deploy / name).exists()]
    unknown = [name for name in named if not name.startswith(("./", "${")) and name not in compose["volumes"]]
    assert (missing, unknown) == ([], [])
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (deploy / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert copied
    assert not [name for line in copied for name in line.split() if not (root / name).exists()]


def test_the_image_runs_without_root_and_installs_the_lock_only(deploy):
    text = (deploy / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001", text, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in text
    assert all("/" not in image for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))


def test_the_roles_connections_fit_into_the_database(roles, compose, deploy):
    """A pool may grow to twice its size (common.db.connect); a clock listens on one connection beside its pool."""
    stored = {name: role for name, role in roles.items() if "RENRAKU_DATABASE_URL" in role["environment"]}
    pools = {name: 2 * int(role["environment"]["RENRAKU_POOL_SIZE"]) + name.endswith("-jobs") for name, role in stored.items()}
    command = " ".join(compose["services"]["postgres"]["command"])
    limit = int(re.search(r"max_connections=(\d+)", command)[1])
    assert sum(pools.values()) + RESERVED <= limit
    assert f"**{sum(pools.values())}**" in (deploy / "README.md").read_text(encoding="utf-8")


def test_the_database_notices_a_client_that_is_gone_as_soon_as_clients_notice_the_database(compose):
    command = compose["services"]["postgres"]["command"]
    given = dict(word.split("=") for word in command if "=" in word)
    ours = {name.replace("keepalives_", "tcp_keepalives_"): str(value) for name, value in VIGILANCE.items()}
    same = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
    assert {name: given[name] for name in same} == {name: ours[name] for name in same}
    assert given["client_connection_check_interval"] == "10s"
    idle = int(given["idle_in_transaction_session_timeout"].removesuffix("s"))
    assert idle > PEOPLE.idle_seconds, "a role says it first, and is answered in words"


def test_the_edge_leads_to_doors_that_exist_and_keeps_what_is_inside_inside(deploy, roles):
    text = (deploy / "nginx/renraku.conf").read_text(encoding="utf-8")
    doors = re.findall(r"http://([\w-]+):(\d+)", text)
    assert [(name, int(port)) for name, port in doors if name not in roles or int(port) != API] == []
    assert {name for name, _ in doors} == {"dispatch-line-api", "gateway-api"}
    assert text.count("{") == text.count("}")
    closed = re.search(r"location ~ (\S+) \{\s+return 404;", text)[1]
    assert all(re.match(closed, path) for path in ("/metrics", "/healthz", "/readyz", "/openapi.json"))
    assert not re.match(closed, "/messages")
    assert re.search(r"location /u/ \{\s+limit_req ", text), "whoever has one mail could make events without end"


def test_the_edge_sends_visitors_to_its_own_name_and_writes_no_link_into_a_log(compose, deploy):
    text = re.sub(r"^\s*#.*$", "", (deploy / "nginx/renraku.conf").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert re.findall(r"return 301 (\S+);", text) == ["https://$server_name$request_uri"], "never to what a visitor calls us"
    assert text.count("server_name ${SERVER_NAME};") == text.count("server {")
    assert re.findall(r"\$\{(\w+)\}", text) == ["SERVER_NAME"] * 2
    assert re.findall(r"map (\S+) \$shown_path", text) == ["$uri"], "decoded: /%72/<token> is a link too"
    assert set(re.findall(r"error_log \S+ (\w+);", text)) == {"crit"}, "an error's line holds the whole address asked for"
    edge = compose["services"]["edge"]
    assert edge["volumes"][0].split(":")[1] == "/etc/nginx/templates/default.conf.template"
    assert edge["environment"]["NGINX_ENVSUBST_FILTER"].replace("$$", "$") == "^SERVER_NAME$", "nginx has names of its own"


def test_prometheus_looks_at_every_role(deploy, roles):
    config = yaml.safe_load((deploy / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    targets = {t for job in config["scrape_configs"] for static in job["static_configs"] for t in static["targets"]}
    ours = {f"{name}:{API if name.endswith('-api') else DOOR}" for name in roles}
    assert targets == ours | {"rabbitmq:15692"}


@pytest.mark.parametrize(
    "check", [["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"], ["check", "config", "prometheus.yml"]]
)
def test_promtool_agrees(deploy, check):
    """On Debian and Ubuntu it comes with the package `prometheus`; `make test` installs it."""
    done = subprocess.run(["promtool", *check], cwd=deploy / "prometheus", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def alerts(deploy: Path) -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((deploy / "prometheus/rules.yml").read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def test_every_alert_has_its_section_in_the_runbook_and_a_test_that_it_speaks_and_keeps_quiet(alerts, deploy, root):
    sections = re.findall(r"^### (\w+)$", (root / "docs/runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == list(alerts)
    assert [rule["annotations"]["runbook"] for rule in alerts.values()] == [f"docs/runbook.md#{name.lower()}" for name in alerts]
    tests = yaml.safe_load((deploy / "prometheus/rules_test.yml").read_text(encoding="utf-8"))["tests"]
    assert {test["name"] for test in tests} == {f"{name} {what}" for name in alerts for what in ("is quiet", "speaks")}


def our_metrics() -> set[str]:
    """Return every name that our metrics have on a page: `_total`, `_count`, `_bucket` and so on."""
    suffixes = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}
    return {family.name + suffix for family in REGISTRY.collect() for suffix in suffixes.get(family.type, [])}


def test_rules_and_dashboard_ask_for_metrics_that_exist(alerts, deploy):
    dashboard = json.loads((deploy / "grafana/dashboards/renraku.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    names = {
        name for expression in [*asked, *(rule["expr"] for rule in alerts.values())] for name in OUR_METRIC.findall(expression)
    }
    assert names
    assert names - our_metrics() == set()


def test_the_dashboard_is_found_and_shows_what_an_operator_asks(deploy, compose):
    text = (deploy / "grafana/dashboards/renraku.json").read_text(encoding="utf-8")
    wanted = ("settled_total", "deliveries_open", "oldest_unclaimed", "provider_seconds", "set_aside", "http_request_seconds")
    assert [name for name in wanted if f"renraku_{name}" not in text and name not in text] == []
    provider = yaml.safe_load((deploy / "grafana/provisioning/dashboards/renraku.yml").read_text(encoding="utf-8"))["providers"][0]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in compose["services"]["grafana"]["volumes"]
    source = yaml.safe_load((deploy / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8"))[
        "datasources"
    ][0]
    panels = json.loads(text)["panels"]
    assert {panel["datasource"]["uid"] for panel in panels if "datasource" in panel} == {source["uid"]}


@pytest.fixture
def cluster(postgres_server: Any, compose: dict[str, Any], deploy: Path) -> Iterator[sa.URL]:
    """Give a PostgreSQL server on which init.sql has run, as at the image's first start; each password is its variable's name."""
    url = sa.make_url(postgres_server.url)
    given = {name: name.lower() for name in compose["services"]["postgres"]["environment"] if name.startswith("DATABASE_")}
    address = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    command = ["psql", address, "-q", "-v", "ON_ERROR_STOP=1", "-f", str(deploy / "postgres/init.sql")]
    done = subprocess.run(command, env={"PATH": "/usr/bin:/bin", **given}, capture_output=True, text=True, timeout=60)
    try:
        assert done.returncode == 0, done.stderr
        yield url
    finally:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            houses = [name.removeprefix("DATABASE_PASSWORD_").lower().replace("_", "-") for name in given]
            for house in (name for name in houses if name != "migrate"):
                connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "renraku_{house}" WITH (FORCE)')
            for house in houses:
                connection.exec_driver_sql(f'DROP ROLE IF EXISTS "renraku_{house}"')
        engine.dispose()


def test_the_databases_log_gets_no_values_of_a_statement_that_failed(compose):
    settings = [value for value in compose["services"]["postgres"]["command"] if value.startswith("log_")]
    assert settings == ["log_min_error_statement=panic", "log_error_verbosity=terse"], "neither the statement nor the key it met"


def address_of(role: dict[str, Any], cluster: sa.URL, house: str) -> sa.URL:
    """Return a role's database address as compose gives it, on the test's server."""
    filled = re.sub(r"\$\{(\w+):\?\}", lambda found: found[1].lower(), role["environment"]["RENRAKU_DATABASE_URL"])
    return sa.make_url(filled.replace("{service}", house)).set(host=cluster.host, port=cluster.port)


def test_each_house_is_migrated_into_a_database_that_is_its_own_and_no_other_house_enters(cluster, compose, roles):
    services = compose["services"]
    for house in STORED:
        house.upgrade(Place(address_of(services["migrate"], cluster, house.name)))
    for house in STORED:
        own = sa.create_engine(address_of(roles[f"{house.name}-api"], cluster, house.name))
        with own.connect() as connection:
            owners = connection.execute(sa.text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"))
            assert owners.scalars().all() == [f"renraku_{house.name}"]
            assert connection.scalar(sa.text("SELECT count(*) FROM outbox")) == 0
        own.dispose()
    stranger = sa.create_engine(address_of(roles["directory-api"], cluster, "directory").set(database="renraku_identity"))
    with pytest.raises(sa.exc.OperationalError, match="permission denied for database"):
        stranger.connect()
    stranger.dispose()


class Place:
    """Settings that know one thing: where the house's database is."""

    def __init__(self, url: sa.URL) -> None:
        self.own_database_url = url.render_as_string(hide_password=False)


@pytest.mark.rabbit
def test_the_brokers_policies_are_taken_and_fit_every_queue(deploy, rabbit_server, tmp_path):
    """In a virtual host of the test's own: the queues of other tests keep their ways."""
    vhost = f"deploy-{uuid4().hex[:8]}"
    definitions = json.loads((deploy / "rabbitmq/definitions.json").read_text(encoding="utf-8"))
    here = tmp_path / "definitions.json"
    here.write_text(json.dumps(definitions).replace('"renraku"', f'"{vhost}"'))
    try:
        rabbit_server.ctl("import_definitions", str(here))
        listed = rabbit_server.ctl("list_policies", "-p", vhost, "--formatter", "json")
        policies = {policy["name"]: policy for policy in json.loads(listed)}
    finally:
        rabbit_server.ctl("delete_vhost", vhost)
    patterns = {name: re.compile(policy["pattern"]) for name, policy in policies.items()}
    for house in STORED:
        for queue in house.queues:
            assert [name for name, pattern in patterns.items() if pattern.match(queue.name)] == ["events"]
        assert [name for name, pattern in patterns.items() if pattern.match(f"{house.name}.dead")] == ["dead-letters"]
    limits = json.loads(policies["events"]["definition"])
    assert (limits["delivery-limit"], limits["overflow"]) == (20, "reject-publish")
