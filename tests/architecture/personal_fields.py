"""Which text and file fields hold personal data, declared field by field.

Personal is what names, reaches or describes a person, what they wrote or what was written about them, and
what lets somebody act as them: an erasure has to scrub it. A number or code that only stands for a row is not
personal by itself; it is worth nothing once that row is scrubbed.
"""

PERSONAL: dict[str, set[str]] = {
    "account.EmailAddress": {"email"},
    "accounts.User": {"email", "name", "password"},
    "cases.Answer": {"value"},
    "cases.Case": {
        "promise_words",
        "title",
        "public_title",
        "address",
    },  # begin with the resident's own words; may be their home
    "cases.Check": {"message"},
    "cases.Contact": {"body"},
    "cases.Document": {"name"},  # as its sender called it
    "channels.InboundMessage": {"provider_id", "note"},  # may hold a sender's address; a colleague's words
    "channels.MessageContent": {"sender", "sender_name", "subject", "text", "html"},
    "cases.Note": {"body"},
    "cases.Participant": {"name", "email", "phone"},
    "channels.MailServer": {"user", "secret", "client_secret", "said"},  # opens what residents wrote
    "exchange.ImportedCase": {"external_id"},  # may hold what another system calls a person or case by
    "notices.Notice": {"sent_to"},
    "handovers.ExternalBody": {"email"},  # may be that of one person there
    "handovers.HandOver": {"message"},
    "handovers.Statement": {"words"},
    "residents.ContactPoint": {"value", "normalised", "tail"},
    "residents.NameKey": {"key", "word"},
    "residents.Resident": {"name"},
    "search.Document": {"text", "people"},
    "sessions.Session": {"session_key", "session_data"},  # acts as a person; may hold a report being written
    "mfa.Authenticator": {"data"},  # acts as a person, and what they call their devices
    "surveys.Survey": {"words"},
}

NOT_PERSONAL: dict[str, set[str]] = {
    "account.EmailConfirmation": {"key"},  # never filled: addresses are not confirmed by mail
    "accounts.Department": {"code", "name"},
    "accounts.Membership": {"role"},
    "accounts.Shift": {"weekdays"},
    "accounts.Team": {"code", "name", "sharing"},
    "accounts.User": {"language"},
    "audit.AccessRecord": {"object_kind", "what"},  # codes only
    "audit.AuditRecord": {"actor_kind", "verb", "object_kind", "before", "after"},  # codes and ids only
    "auth.Group": {"name"},  # never filled
    "auth.Permission": {"name", "codename"},  # Django's own
    "cases.Answer": {"code"},
    "channels.MailServer": {
        "host",
        "security",
        "sign_in",
        "token_url",
        "client_id",
        "scope",
        "folder",
        "trouble",
    },
    "cases.Attachment": {"kind"},
    "cases.Case": {
        "advice",  # the town's own words
        "danger",
        "number",
        "kind",
        "priority",
        "queue_for",
        "state",
        "language",
        "channel",
        "outcome",
        "origin",
        "position_source",
        "promise_state",
    },
    "cases.CaseLink": {"kind"},
    "cases.Label": {"code", "name", "unique_name", "colour"},  # the town's own words
    "cases.Change": {"kind", "actor_kind", "before", "after", "reason"},  # codes and ids only
    "cases.Check": {"outcome", "submission"},
    "channels.Account": {"channel", "address", "authserv_id"},  # the town's own
    "channels.InboundMessage": {"sha256", "state", "outcome", "reason"},
    "channels.MessageContent": {"pictures", "attached"},  # keys of files, and a digest of theirs
    "cases.Contact": {"direction", "channel", "submission"},  # a digest with a random part kept nowhere
    "cases.Note": {"submission"},
    "cases.Merging": {"state_before"},
    "cases.Participant": {"role", "language", "wants"},
    "cases.Review": {"reason"},
    "catalogue.ConfidentialAccess": {"role"},
    "catalogue.Service": {
        "slug",
        "name",
        "description",
        "words",
        "kind",
        "place",
        "priority",
        "closed_words",
    },  # words hint at it
    "catalogue.ClosedWords": {"what"},
    "contenttypes.ContentType": {"app_label", "model"},  # Django's own
    "events.Event": {"name", "document"},  # numbers, codes and moments only
    "events.OutboxRow": {"subscriber", "state", "last_error", "lane"},  # the error names no person
    "events.Position": {"projection"},
    "events.ScheduledTask": {"name", "last_result"},
    "exchange.ImportBatch": {
        "reference",
        "source",
        "file_name",
        "file_sha256",
        "mapping_sha256",
        "state",
        "counts",
    },
    "exchange.ImportedCase": {"source"},
    "exchange.MadeByImport": {"kind", "before"},
    "exchange.Export": {
        "key",
        "submission",
        "selection",
        "format",
        "language",
        "state",
        "rights",
    },  # codes, days and a digest; what the file holds is removed with it after seven days
    "files.StoredFile": {"key", "sha256", "media_type"},  # whose it is, is told by what refers to it
    "knowledge.LifeEvent": {"code", "name", "description"},  # configuration
    "handovers.BodyMail": {"kind", "state", "failure", "message_id"},  # the failure names no person
    "handovers.ExternalBody": {"code", "name", "language"},  # configuration
    "handovers.HandOver": {"state", "submission"},
    "handovers.Statement": {"kind", "submission"},
    "insights.CaseFact": {"channel", "standing", "promise", "answer_promise", "end_promise"},  # codes only
    "insights.Reckoning": {"version", "months"},  # random names
    "insights.Tally": {  # codes and ids, added up
        *("key", "dimension", "value", "answering", "closing"),
        *("working_answer", "working_end", "urgent_answer"),
    },
    "knowledge.LifeSituation": {"slug", "title", "summary", "life_events", "services"},  # configuration
    "links.Link": {"purpose", "reference"},
    "mfa.Authenticator": {"type"},
    "municipalities.Host": {"host"},
    "municipalities.Municipality": {
        "slug",
        "name",
        "language",
        "languages",
        "time_zone",
        "phone",
        "emergency_phone",
        "sender",
        "brand",
    },
    "notices.Notice": {
        "channel",
        "kind",
        "state",
        "message_id",
        "failure",
        "about",
    },  # neither names a person
    "places.Area": {"kind", "code", "name", "geometry"},
    "places.Edition": {"areas", "addresses"},
    "places.HouseRange": {"parity"},
    "places.Landmark": {"code", "name", "forms"},
    "places.MapImport": {"subject", "area_kind", "state", "source", "records", "summary"},  # a file of places
    "places.Street": {"code", "name", "forms", "lines"},
    "replies.ReplyTemplate": {"code", "outcome", "name", "text"},  # configuration
    "notices.NoticeText": {"kind", "language", "subject", "body", "labels"},  # what the town says to all
    "notices.StaffNotice": {"kind", "what", "level", "mail_state"},
    "residents.ContactPoint": {"kind"},
    "residents.Resident": {"language", "reference"},  # the reference stands for the row
    "revisions.Revision": {"kind", "document", "state"},  # configuration
    "search.Document": {"kind"},
    "processes.Echo": {"codes"},
    "processes.Firing": {"code", "key", "result", "problem"},
    "processes.ReactionSet": {"document"},  # codes, and words for everybody
    "processes.Timer": {"code"},
    "routing.DangerSet": {"document", "version"},  # codes, words to look for and the town's advice
    "routing.RuleSet": {"document", "version"},  # codes, ids and words to look for
    "sla.Calendar": {"code", "name"},
    "sla.Commitment": {"kind", "target", "state", "paused_by", "warned"},
    "sla.WarningSet": {"document"},
    "sla.Pause": {"reason"},  # a state's code
    "sla.Target": {"first_answer", "resolution", "document"},
    "surveys.Survey": {"fixed"},
}
