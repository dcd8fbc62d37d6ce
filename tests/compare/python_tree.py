"""What Python's email package reads in a message, as the same tree that the two programs print."""
import email
import email.policy
import hashlib


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def value(make):
    """What a header gives; some headers make the package raise an exception."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001: whatever it is, it is this parser's answer
        return f"({type(error).__name__})"


def mailboxes(message, name):
    def read():
        field = message[name]
        return [[a.display_name, a.addr_spec if a.domain else a.username] for a in field.addresses] if field is not None else []
    return value(read)


def plain(text):
    return str(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def message_fields(out, message):
    subject = value(lambda: message["subject"])
    if subject is not None:
        out["subject"] = plain(subject)
    out["from"], out["to"] = mailboxes(message, "from"), mailboxes(message, "to")
    date = value(lambda: message["date"] and message["date"].datetime and int(message["date"].datetime.timestamp()))
    if date is not None:
        out["date"] = date


def node(message, is_root):
    out = {"type": value(message.get_content_type)}
    name = value(message.get_filename)
    if name is not None:
        out["name"] = plain(name)
    if is_root:
        message_fields(out, message)
    if message.is_multipart():
        inside = message.get_content_maintype() == "message"
        out["parts"] = [node(part, inside) for part in message.get_payload()]
        return out
    if message.get_content_maintype() == "multipart":
        out["parts"] = []
        return out
    octets = message.get_payload(decode=True)
    octets = b"" if octets is None else octets
    out["size"], out["octets"] = len(octets), digest(octets)
    if message.get_content_maintype() == "text":
        charset = value(lambda: message.get_param("charset", "us-ascii"))
        try:
            out["text"] = digest(octets.decode(charset, "replace").encode("utf-8", "replace"))
        except (LookupError, TypeError, ValueError):
            out["text"] = "unknown charset"
    return out


def read(path):
    with open(path, "rb") as file:
        octets = file.read()  # reading from the file would turn CRLF into LF
    return node(email.message_from_bytes(octets, policy=email.policy.default), True)
