"""What may be written in config.toml: every setting, its default and its rule. Nothing here reads a file.

A setting stands here only when it works. Each is explained, for the one who writes it, in the shipped config.toml;
a test holds the two together.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from digest import schedule as schedule_of
from digest.config.rules import (
    address,
    clock_time,
    file_path,
    header_line,
    keeping,
    kind_name,
    language_tag,
    listening,
    page_address,
    parser_name,
    schedule_words,
    single,
    single_pages,
    slug,
    some,
    web_address,
    zone_name,
)
from digest.config.spans import span
from digest.models import Others
from digest.topics import TopicChange

__all__ = ["NOBODY", "DigestSettings", "MailSettings", "Settings", "SourceSettings", "TopicSettings", "WebSettings"]

NOBODY = "reader@localhost"  # who reads when nobody is named: the mail then lies in the Maildir of this machine

Line = Annotated[str, AfterValidator(header_line)]
Slug = Annotated[str, AfterValidator(slug)]
Address = Annotated[str, AfterValidator(address)]
FilePath = Annotated[Path, BeforeValidator(file_path)]
WebAddress = Annotated[str, AfterValidator(web_address)]
Language = Annotated[str, AfterValidator(language_tag)]
Zone = Annotated[str, AfterValidator(zone_name), Field(validate_default=True)]
ZoneName = Annotated[str, AfterValidator(zone_name)]
ScheduleWords = Annotated[str, AfterValidator(schedule_words)]
Span = Annotated[timedelta, BeforeValidator(span)]
ClockTime = Annotated[time, BeforeValidator(clock_time)]
ParserName = Annotated[str, AfterValidator(parser_name)]
PageAddress = Annotated[str, AfterValidator(page_address)]
PageAddresses = Annotated[tuple[PageAddress, ...], AfterValidator(single_pages)]
Listening = Annotated[str, AfterValidator(listening)]
Keeping = Annotated[str, AfterValidator(keeping)]
KindName = Annotated[str, AfterValidator(kind_name)]
Count = Annotated[int, Field(ge=1)]
Terms = tuple[Annotated[str, AfterValidator(str.strip)], ...]  # the topics themselves judge them
Slugs = Annotated[tuple[Slug, ...], AfterValidator(single)]
Addresses = Annotated[tuple[Address, ...], AfterValidator(single)]


# --- tables -----------------------------------------------------------------------------------------------------


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SourceSettings(_Table):
    """`[[source]]`: where dumps come from."""

    name: Slug
    kind: KindName = "folder"
    path: FilePath = Path("dumps")
    url: PageAddress | None = None
    urls: PageAddresses = ()
    parser: ParserName | None = None
    first: Literal["all", "latest day", "nothing"] | None = None
    every: Span | None = None
    after: Literal["keep", "archive"] = "keep"
    allow_private: bool = False
    max_dump_bytes: Count = 64 * 2**20

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it is asked, each address once."""
        return tuple(dict.fromkeys((*((self.url,) if self.url else ()), *self.urls)))

    @property
    def interval(self) -> timedelta:
        """How often a daemon asks it; by default a folder each minute, what is fetched each hour."""
        return self.every or timedelta(minutes=1 if self.kind == "folder" else 60)

    @property
    def announces_first(self) -> Literal["all", "latest day", "nothing"]:
        """What its first look announces; by default all that lies in a folder, and the latest day of what is fetched."""
        return self.first or ("all" if self.kind == "folder" else "latest day")


class DigestSettings(_Table):
    """`[[digest]]`: a recurring publication. No `title`: the site's. No `topics`: all. `to = []`: no mail at all.

    `lists` are addresses that reach many: their mails have no personal link. No `schedule`: due when something is new.
    """

    name: Slug
    title: Line | None = None
    topics: Slugs = ()
    others: Others = "titles"
    sections: Count = 8
    to: Addresses = (NOBODY,)
    lists: Addresses = ()
    backfill: bool = False
    updated: bool = False
    came_back: bool = False
    approve: bool = False
    schedule: ScheduleWords | None = None
    time_zone: ZoneName | None = None
    not_on: tuple[date, ...] = ()
    after: Slug | None = None
    until: ClockTime | None = None

    @property
    def times(self) -> schedule_of.Schedule | None:
        """Its schedule, if it has one."""
        return schedule_of.read(self.schedule, self.not_on) if self.schedule else None

    @property
    def readers(self) -> dict[str, bool]:
        """Each address, and whether it reaches many. Where only lists are named, nobody else gets it."""
        to = () if self.lists and "to" not in self.model_fields_set else self.to
        return {address: address in self.lists for address in (*to, *self.lists)}


class TopicSettings(_Table):
    """`[[topic]]`: a new topic, or changes to the built-in one of that id, where "+" stands for its own terms."""

    id: str
    name: Line | None = None
    strong: Terms | None = None
    weak: Terms | None = None
    title: Terms | None = None
    never: Terms | None = None
    categories: Terms | None = None

    def change(self) -> TopicChange:
        """The same for the core."""
        return TopicChange(**self.model_dump())


class MailSettings(_Table):
    """`[mail]`: how mails leave. Without a `host` they are left in `folder`; `user` is the From address, too."""

    folder: FilePath = Path("mail")
    sender: Address | None = None
    host: Line | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["tls", "starttls", "none"] = "tls"
    user: Line | None = None
    password_file: FilePath | None = None
    token_command: tuple[Line, ...] = ()
    connections: Annotated[int, Field(ge=1, le=64)] = 1
    per_minute: Count | None = None
    per_minute_per_domain: Count | None = None
    bounces: Address | None = None
    postal: Line | None = None
    on_doubt: Literal["resend", "hold"] = "resend"

    @property
    def from_address(self) -> str:
        """Whom mails are from."""
        return self.sender or (self.user if self.user and "@" in self.user else "digest@localhost")

    @property
    def way(self) -> str:
        """What mails leave by, in words that hold no secret: with another one, what stopped all mails may be over."""
        if self.host is None:
            return str(self.folder)
        login = f"{self.user}, {self.password_file or self.token_command or 'a password'}" if self.user else "no login"
        return f"{self.host}, {self.port}, {self.security}, {login}, {self.from_address}"


class WebSettings(_Table):
    """`[web]`: a server for pages, search and subscriptions; without the table there is none.

    `listen` is an address with its port, or `unix:` and a path; `admin`: the port of 127.0.0.1 at which the owner's pages are; `subscribe`: whether
    people may subscribe, which needs a `base_url` for the links in their mails.
    """

    listen: Listening = "127.0.0.1:8080"
    admin: Annotated[int, Field(ge=1, le=65535)] | None = None
    subscribe: bool = True


class Settings(_Table):
    """The whole of config.toml, with paths as they were written."""

    title: Line = "Morning Papers"
    time_zone: Zone = "UTC"
    base_url: WebAddress | None = None
    language: Language = "en"
    owner: Address | None = None
    alerts: bool = True
    ping: Annotated[PageAddress | None, Field(repr=False)] = None
    templates: FilePath | None = None
    database: FilePath = Path("digest.db")
    public: FilePath = Path("public")
    keep_dumps: Keeping = "all"
    source: Annotated[tuple[SourceSettings, ...], AfterValidator(some)] = (SourceSettings(name="dumps"),)
    digest: Annotated[tuple[DigestSettings, ...], AfterValidator(some)] = (DigestSettings(name="daily"),)
    topic: tuple[TopicSettings, ...] = ()
    mail: MailSettings = MailSettings()
    web: WebSettings | None = None
