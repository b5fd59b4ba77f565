"""deploy/: what a machine is told fits the code: roles, variables, files, servers (OPS-5, OPS-8).

Compose is read, not run: there is no container engine in a test run. PostgreSQL's and RabbitMQ's
parts run on the real servers.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import yaml

from common.db import PEOPLE
from common.db.connect import VIGILANCE
from common.guessing import network_of, read_address
from suite.demo.city import RETURN_PATH as BACK_FROM_CITY
from suite.houses import HOUSES, STORED

SETTING = re.compile(r"^    (\w+): ", re.MULTILINE)
ASKED_FOR = re.compile(r"\$\{(\w+)")
RESERVED = 3 + 1  # PostgreSQL keeps three for its owner; `migrate` needs one
API, DOOR = 8000, 9100


def test_every_role_of_every_house_is_there_and_runs_what_its_name_says(roles):
    wanted = {f"{house.name}-api" for house in HOUSES.values()}
    for house in STORED:
        wanted |= {f"{house.name}-worker", f"{house.name}-jobs"}
    assert wanted - set(roles) == set()
    for name, role in roles.items():
        house, _, door = name.rpartition("-")
        assert role["command"][:2] == [door, house]
        assert str(API if door == "api" else DOOR) in role["healthcheck"]["test"][-1]


def test_the_small_installation_has_three_roles_on_the_same_database_broker_and_edge(
    deploy, compose
):
    small = yaml.safe_load((deploy / "compose.small.yaml").read_text(encoding="utf-8"))
    services = small["services"]
    commands = {
        name: service["command"][:2]
        for name, service in services.items()
        if service.get("command", [""])[0] == "serve"
    }
    assert commands == {
        "gateway-api": ["serve", "api"],
        "workers": ["serve", "workers"],
        "jobs": ["serve", "jobs"],
    }
    for name, service in services.items():
        if "extends" in service:
            assert service["extends"] == {"file": "compose.yaml", "service": name}
            assert service.get("depends_on") == compose["services"][name].get("depends_on")
    assert set(small["volumes"]) <= set(compose["volumes"])
    assert small["networks"] == compose["networks"]
    # The world reaches the API, and so the API reaches nobody outside.
    assert services["gateway-api"]["networks"] == ["inside"]
    told = set().union(*(role.get("environment", {}) for role in compose["services"].values()))
    for name in (*commands, "migrate"):
        assert set(services[name]["environment"]) <= told


def test_the_small_installation_is_told_by_the_same_example(deploy):
    asked = set(ASKED_FOR.findall((deploy / "compose.small.yaml").read_text(encoding="utf-8")))
    whole = set(ASKED_FOR.findall((deploy / "compose.yaml").read_text(encoding="utf-8")))
    assert asked <= whole


def test_every_variable_of_a_role_is_a_setting_of_its_house(roles, compose, root):
    def settings_of(house: str) -> set[str]:
        files = [
            root / "libs/common/common/config.py",
            *(root / "services" / house).glob("*/config.py"),
        ]
        return {
            f"RENRAKU_{name.upper()}"
            for file in files
            for name in SETTING.findall(file.read_text(encoding="utf-8"))
        }

    strange = {}
    given: set[str] = set()
    for name, role in roles.items():
        house = name.rpartition("-")[0]
        given |= set(role["environment"])
        unknown = set(role["environment"]) - settings_of(house)
        if unknown and (root / "services" / house).is_dir():
            strange[name] = sorted(unknown)
    assert strange == {}
    assert set(compose["services"]["migrate"]["environment"]) - given == set()


def test_every_value_that_is_asked_for_stands_in_the_example(deploy):
    asked = set(ASKED_FOR.findall((deploy / "compose.yaml").read_text(encoding="utf-8")))
    example = (deploy / "env/compose.example.env").read_text(encoding="utf-8")
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert not re.findall(r"^\w*PASSWORD\w*=.+", example, re.MULTILINE)


def test_every_file_that_is_mounted_or_read_exists(compose, deploy, root):
    named = [
        volume.partition(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    ]
    missing = [name for name in named if name.startswith("./") and not (deploy / name).exists()]
    unknown = [
        name
        for name in named
        if not name.startswith(("./", "${")) and name not in compose["volumes"]
    ]
    assert (missing, unknown) == ([], [])
    dockerfile = (deploy / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    assert copied
    assert not [name for line in copied for name in line.split() if not (root / name).exists()]


def test_the_image_runs_without_root_and_installs_the_lock_only(deploy):
    text = (deploy / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001", text, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in text
    assert all("/" not in image for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))


def test_the_roles_connections_fit_into_the_database(roles, compose, deploy):
    """A pool may grow to twice its size (common.db.connect).

    A clock listens on one connection beside its pool.
    """
    stored = {
        name: role for name, role in roles.items() if "RENRAKU_DATABASE_URL" in role["environment"]
    }
    pools = {
        name: 2 * int(role["environment"]["RENRAKU_POOL_SIZE"]) + name.endswith("-jobs")
        for name, role in stored.items()
    }
    command = " ".join(compose["services"]["postgres"]["command"])
    limit = int(re.search(r"max_connections=(\d+)", command)[1])
    assert sum(pools.values()) + RESERVED <= limit
    assert f"**{sum(pools.values())}**" in (deploy / "README.md").read_text(encoding="utf-8")


def test_the_database_notices_a_client_that_is_gone_as_soon_as_clients_notice_the_database(compose):
    command = compose["services"]["postgres"]["command"]
    given = dict(word.split("=") for word in command if "=" in word)
    ours = {
        name.replace("keepalives_", "tcp_keepalives_"): str(value)
        for name, value in VIGILANCE.items()
    }
    same = (
        "tcp_keepalives_idle",
        "tcp_keepalives_interval",
        "tcp_keepalives_count",
        "tcp_user_timeout",
    )
    assert {name: given[name] for name in same} == {name: ours[name] for name in same}
    assert given["client_connection_check_interval"] == "10s"
    idle = int(given["idle_in_transaction_session_timeout"].removesuffix("s"))
    assert idle > PEOPLE.idle_seconds, "a role says it first, and is answered in words"


def test_the_edge_leads_to_doors_that_exist_and_keeps_what_is_inside_inside(deploy, compose, roles):
    text = (deploy / "nginx/renraku.conf").read_text(encoding="utf-8")
    doors = re.findall(r"http://([\w-]+):(\d+)", text)
    assert {(name, int(port)) for name, port in doors} == {("gateway-api", API)}
    assert "gateway-api" in roles
    line_door = compose["services"]["edge"]["environment"]["LINE_DOOR"]
    assert line_door == f"http://dispatch-line-api:{API}"
    assert "dispatch-line-api" in roles
    assert text.count("{") == text.count("}")
    closed = re.findall(r"location ~ (\S+) \{\s+return 404;", text)
    insides = [f"/{house.name}/openapi.json" for house in STORED]
    for path in ("/metrics", "/healthz", "/readyz", "/openapi.json", *insides):
        assert any(re.match(pattern, path) for pattern in closed), path
    for path in ("/messages", "/webhooks/1"):
        assert not any(re.match(pattern, path) for pattern in closed), path
    assert re.search(r"location /u/ \{\s+limit_req ", text), (
        "whoever has one mail could make events without end"
    )


def test_the_edge_bounds_sign_ins_by_network_and_all_together(deploy, root):
    text = (deploy / "nginx/renraku.conf").read_text(encoding="utf-8")
    [pattern] = re.findall(r"location ~ (\S+) \{\s+limit_req zone=sign_in_by_network", text)
    pages = (root / "services/gateway/gateway/pages").glob("*/sign_in.py")
    assert len(list(pages)) == 2
    for path in ("/sign-in", "/operator/sign-in", "/sign-in/city", BACK_FROM_CITY):
        assert re.match(pattern, path), path
    assert not re.match(pattern, "/sign-in/else")
    keys = dict(re.findall(r"limit_req_zone \$(\w+) zone=(\w+):", text))
    assert keys["network_signing_in"] == "sign_in_by_network"
    for key in ("network_signing_in", "anybody_signing_in"):
        [kinds] = re.findall(rf'map "\$request_method \$uri" \${key} \{{(.*?)\}}', text, re.DOTALL)
        assert re.search(r'default\s+"";', kinds), "only a press counts, not a look at the page"
        counted = re.findall(r'^\s+"([^"]+)"', kinds, re.MULTILINE)
        assert counted == ["~^POST ", f"~^(?:GET|HEAD) {BACK_FROM_CITY}$"]
    location = text.partition(f"location ~ {pattern}")[2].partition("}")[0]
    for zone in ("sign_in_by_network", "sign_in_together"):
        assert f"limit_req zone={zone} burst=" in location


def test_the_edge_tells_networks_apart_as_identity_does(deploy):
    text = (deploy / "nginx/renraku.conf").read_text(encoding="utf-8")
    [block] = re.findall(r"map \$binary_remote_addr \$network \{(.*?)\n\}", text, re.DOTALL)
    patterns = re.findall(r'"~(\S+)"', block)

    def key(address: str) -> bytes:
        packed = ip_address(address).packed
        matches = (re.match(each.replace("?<", "?P<").encode(), packed) for each in patterns)
        return next(found.group(1) for found in matches if found)

    for address in ("203.0.113.7", "10.0.0.10", "2001:db8:1:2:3:4:5:6", "2001:db8::a"):
        [kept, _, bits] = network_of(read_address(address)).rpartition("/")
        assert key(address) == ip_address(kept).packed[: int(bits) // 8]


def test_the_edge_sees_the_address_of_a_visitor_with_ipv6(deploy, compose):
    """Docker hands a container without IPv6 all such visitors under one address of its own."""
    edge, outside = compose["services"]["edge"], compose["networks"]["outside"]
    assert "outside" in edge["networks"]
    assert outside["enable_ipv6"]
    [subnet] = [ip_network(each["subnet"]) for each in outside["ipam"]["config"]]
    assert subnet.version == 6
    assert subnet.is_private
    text = (deploy / "nginx/renraku.conf").read_text(encoding="utf-8")
    assert text.count("listen [::]:") == text.count("server {")


def test_the_edge_sends_visitors_to_its_own_name_and_writes_no_link_into_a_log(compose, deploy):
    text = (deploy / "nginx/renraku.conf").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    assert re.findall(r"return 301 (\S+);", text) == ["https://$server_name$request_uri"], (
        "never to what a visitor calls us"
    )
    assert text.count("server_name ${SERVER_NAME};") == text.count("server {")
    filled = ("SERVER_NAME", "LINE_DOOR")
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(filled)
    assert re.findall(r"map (\S+) \$shown_path", text) == ["$uri"], (
        "decoded: /%72/<token> is a link too"
    )
    assert set(re.findall(r"error_log \S+ (\w+);", text)) == {"crit"}, (
        "an error's line holds the whole address asked for"
    )
    edge = compose["services"]["edge"]
    assert edge["volumes"][0].split(":")[1] == "/etc/nginx/templates/default.conf.template"
    names_filled = edge["environment"]["NGINX_ENVSUBST_FILTER"].replace("$$", "$")
    assert names_filled == f"^({'|'.join(filled)})$", "nginx has names of its own"


@pytest.fixture
def cluster(postgres_server: Any, compose: dict[str, Any], deploy: Path) -> Iterator[sa.URL]:
    """Give a PostgreSQL server on which init.sql has run, as at the image's first start.

    Each password is its variable's name.
    """
    url = sa.make_url(postgres_server.url)
    given = {
        name: name.lower()
        for name in compose["services"]["postgres"]["environment"]
        if name.startswith("DATABASE_")
    }
    maintenance = url.set(drivername="postgresql", database="postgres")
    address = maintenance.render_as_string(hide_password=False)
    script = str(deploy / "postgres/init.sql")
    command = ["psql", address, "-q", "-v", "ON_ERROR_STOP=1", "-f", script]
    done = subprocess.run(
        command, env={"PATH": "/usr/bin:/bin", **given}, capture_output=True, text=True, timeout=60
    )
    try:
        assert done.returncode == 0, done.stderr
        yield url
    finally:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            houses = [
                name.removeprefix("DATABASE_PASSWORD_").lower().replace("_", "-") for name in given
            ]
            for house in houses:
                if house != "migrate":
                    drop = f'DROP DATABASE IF EXISTS "renraku_{house}" WITH (FORCE)'
                    connection.exec_driver_sql(drop)
            for house in houses:
                connection.exec_driver_sql(f'DROP ROLE IF EXISTS "renraku_{house}"')
        engine.dispose()


def test_the_databases_log_gets_no_values_of_a_statement_that_failed(compose):
    settings = [
        value for value in compose["services"]["postgres"]["command"] if value.startswith("log_")
    ]
    assert settings == ["log_min_error_statement=panic", "log_error_verbosity=terse"], (
        "neither the statement nor the key it met"
    )


def address_of(role: dict[str, Any], cluster: sa.URL, house: str) -> sa.URL:
    """Return a role's database address as compose gives it, on the test's server."""
    asked = role["environment"]["RENRAKU_DATABASE_URL"]
    filled = re.sub(r"\$\{(\w+):\?\}", lambda found: found[1].lower(), asked)
    return sa.make_url(filled.replace("{service}", house)).set(host=cluster.host, port=cluster.port)


def test_each_house_is_migrated_into_a_database_that_is_its_own_and_no_other_house_enters(
    cluster, compose, roles
):
    services = compose["services"]
    for house in STORED:
        house.upgrade(Place(address_of(services["migrate"], cluster, house.name)))
    for house in STORED:
        own = sa.create_engine(address_of(roles[f"{house.name}-api"], cluster, house.name))
        with own.connect() as connection:
            owners = connection.execute(
                sa.text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
            )
            assert owners.scalars().all() == [f"renraku_{house.name}"]
            assert connection.scalar(sa.text("SELECT count(*) FROM outbox")) == 0
        own.dispose()
    stranger = sa.create_engine(
        address_of(roles["directory-api"], cluster, "directory").set(database="renraku_identity")
    )
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

    def policies_of(queue: str) -> list[str]:
        return [name for name, pattern in patterns.items() if pattern.match(queue)]

    for house in STORED:
        for queue in house.queues:
            assert policies_of(queue.name) == ["events"]
        assert policies_of(f"{house.name}.dead") == ["dead-letters"]
    limits = json.loads(policies["events"]["definition"])
    assert (limits["delivery-limit"], limits["overflow"]) == (20, "reject-publish")
