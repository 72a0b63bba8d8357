"""The one reader of the environment and of the configuration file; every fault is said at once."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, ValidationError

from deploy.alarm_settings import MailSettings, OnCallSettings, alarm_faults
from deploy.approval_settings import ApprovalSettings, approval_faults
from deploy.order_settings import OrderSettings, order_faults
from jobs.alarms.mail import Duty
from jobs.people import People, Person
from jobs.runs.orders import OrderName
from jobs.runs.planning import ApprovalRules
from playbooks.core.trouble import Trouble
from playbooks.core.values import Address, Frozen, Name


class SlackSettings(Frozen):
    team: Annotated[str, Field(pattern=r"^T[A-Z0-9]+$")]
    incident_channels: Annotated[tuple[str, ...], Field(min_length=1)]


class PersonSettings(Frozen):
    name: str
    slack: tuple[Annotated[str, Field(pattern=r"^[UW][A-Z0-9]+$")], ...] = ()
    logins: tuple[Annotated[str, Field(pattern=r"^[^\s:]+$")], ...] = ()
    phone: Annotated[str, Field(max_length=40)] | None = None  # None: not known.
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None  # None: no mail.
    pgp_key_file: Path | None = (
        None  # A custodian's public key. None: no share can be sent to them.
    )
    totp_file: Path | None = None  # The worker's, with a base32 secret. None: codes do not count.


class StoreSettings(Frozen):
    """A directory (file:///…) or a bucket (s3://BUCKET[/PREFIX]); the rest is for S3 alone."""

    url: Annotated[str, Field(pattern=r"^(file:///|s3://).+")]
    endpoint: str | None = None  # None: Amazon's own.
    region: str | None = None  # None: us-east-1.
    credentials_file: Path | None = None  # None: the machine's own role.


class JournalSettings(Frozen):
    """Whose signatures count, and where the create-only copies of events are."""

    worker_keys: Annotated[tuple[str, ...], Field(min_length=1)]
    looker_keys: Annotated[tuple[str, ...], Field(min_length=1)]
    records: StoreSettings


class RingerSettings(Frozen):
    """What the bot and the scheduler hold."""

    bell_key_file: Path


class CarrierSettings(Frozen):
    """What a worker or a looker holds."""

    bell_key_file: Path
    signing_key_file: Path
    login_key_file: Path
    login_path: (
        str  # Its own JWT auth mount: a mount trusts each of its keys for each of its roles.
    )


class HAProxyDriver(Frozen):
    driver: Literal["haproxy"]
    address: Address
    socket: Path
    backend: str


class SmallDriver(Frozen):
    """The demo's own balancer."""

    driver: Literal["small"]
    address: Address
    control: Address
    token_file: Path


BalancerDriver: TypeAlias = Annotated[HAProxyDriver | SmallDriver, Field(discriminator="driver")]


class ClusterSettings(Frozen):
    nodes: Annotated[Mapping[Name, Address], Field(min_length=1)]
    ca_file: Path
    store: StoreSettings
    backup_key_file: Path
    canaries: tuple[str, ...] = (
        "vps/test-tenant-id/admin_ssh",
        "smtp/test-tenant-id/admin",
        "api_keys/test-tenant-id/test-key-id",
    )
    nonce_path: str = "vps/test-tenant-id/backup_nonce"
    mounts: tuple[str, ...] = ("vps", "smtp", "api_keys", "dkim")
    custodians: tuple[Name, ...] = ()
    node_command: tuple[str, ...] | None = None  # None: nodes are started and wiped by hand only.
    balancer: BalancerDriver


class Settings(Frozen):
    """The whole file."""

    slack: SlackSettings
    approval: ApprovalSettings
    people: Annotated[Mapping[Name, PersonSettings], Field(min_length=1)]
    journal: JournalSettings
    bot: RingerSettings
    scheduler: RingerSettings
    looker: CarrierSettings
    worker: CarrierSettings
    clusters: Annotated[Mapping[Name, ClusterSettings], Field(min_length=1)]
    mail: MailSettings | None = None  # None: nobody is told when no bot answers.
    on_call: OnCallSettings | None = None  # None: as above.
    standing_orders: Mapping[OrderName, OrderSettings] = {}  # What runs by schedule.

    def duty(self) -> Duty | None:
        """Who is written to without Slack, and how; None where no route is configured."""
        if self.mail is None or self.on_call is None:
            return None
        people = self.known_people()
        return Duty(route=self.mail.route(), on_call=self.on_call.who, people=people)

    def known_people(self) -> People:
        """The persons and approvers as the engine wants them."""
        persons = tuple(
            Person(id=id, **each.model_dump(exclude={"pgp_key_file", "totp_file"}))
            for id, each in self.people.items()
        )
        return People(
            persons=persons,
            approvers=self.approval.members(self.approval.approvers),
            remits=self.approval.known_remits(),
            custodians={name: each.custodians for name, each in self.clusters.items()},
        )

    def pgp_keys(self) -> dict[str, Path]:
        """Whose public keys are known, with their files."""
        return {
            name: each.pgp_key_file
            for name, each in self.people.items()
            if each.pgp_key_file is not None
        }

    def codes(self) -> dict[str, Path]:
        """Whose authenticators are known, with the files of their secrets."""
        return {
            name: each.totp_file for name, each in self.people.items() if each.totp_file is not None
        }

    def rules(self) -> ApprovalRules:
        """How plans are approved."""
        return self.approval.rules()


def checked(settings: Settings) -> str:
    """Say that there is no fault, and what is left out on purpose."""
    says = "The configuration has no faults."
    if settings.duty() is None:
        says += "\nNo mail route is configured: nobody is told by mail when no bot answers."
    return says


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the file that VAULT_RESPONDER_CONFIG names. Raises Trouble with every fault in it."""
    path = Path(environment.get("VAULT_RESPONDER_CONFIG", "vault-responder.toml"))
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unusable(path, [f"it cannot be read ({error.strerror})"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(path, [f"it is not TOML: {error}"]) from error
    try:
        settings = Settings.model_validate(written)
    except ValidationError as error:
        raise _unusable(path, [*map(_fault, error.errors())]) from error
    faults = [*_faults_between(settings)]
    if faults:
        raise _unusable(path, faults)
    return settings


def _fault(error: Mapping[str, object]) -> str:
    where = ".".join(str(part) for part in _parts(error["loc"]))
    return f"{where}: {error['msg']}"


def _parts(where: object) -> tuple[object, ...]:
    return where if isinstance(where, tuple) else (where,)


def _faults_between(settings: Settings) -> Iterator[str]:
    """Find what only shows when two parts are compared."""
    accounts = {name: person.slack for name, person in settings.people.items()}
    yield from approval_faults(settings.approval, accounts)
    yield from _accounts_twice(settings)
    emails = {name: person.email for name, person in settings.people.items()}
    people, clusters = settings.known_people(), settings.clusters
    yield from order_faults(settings.standing_orders, settings.approval, people, clusters)
    yield from alarm_faults(settings.mail, settings.on_call, emails)
    for name, cluster in settings.clusters.items():
        for custodian in cluster.custodians:
            if custodian not in settings.people:
                yield f"clusters.{name}.custodians: {custodian} is no person of this file"
        if cluster.node_command and "{action}" not in cluster.node_command:
            yield f"clusters.{name}.node_command: one of its words must be {{action}}"


def _accounts_twice(settings: Settings) -> Iterator[str]:
    owner: dict[tuple[str, str], str] = {}
    for name, person in settings.people.items():
        device = () if person.totp_file is None else (str(person.totp_file),)
        held = (("slack", person.slack), ("logins", person.logins), ("totp_file", device))
        for kind, accounts in held:
            for account in accounts:
                first = owner.setdefault((kind, account), name)
                if first != name:
                    yield f"people.{name}.{kind}: {account} belongs to {first} already"


def _unusable(path: Path, faults: list[str]) -> Trouble:
    listed = "".join(f"\n  - {fault}" for fault in faults)
    return Trouble(
        f"The configuration {path} cannot be used:{listed}\n",
        left="nothing was started",
        do="mend it; deploy/install/vault-responder.toml explains every key",
    )


# Every variable can also be given as NAME_FILE, the path of a file that holds it, so that no secret
# stands in an environment that child processes and process listings show.


def variable(environment: Mapping[str, str], name: str, default: str | None = None) -> str:
    """Read one variable or the file that NAME_FILE names. Raises Trouble where neither is set."""
    if name in environment:
        return environment[name]
    path = environment.get(f"{name}_FILE")
    if path is not None:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Trouble(
                f"{name}_FILE names {path}, which cannot be read ({error.strerror})",
                left="nothing was started",
                do=f"mend the path or set {name}",
            ) from error
    if default is not None:
        return default
    raise Trouble(
        f"{name} is not set", left="nothing was started", do=f"set it, or {name}_FILE to a path"
    )
