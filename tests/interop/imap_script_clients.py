#!/usr/bin/env python3
"""Scripts over IMAP: imapfilter, imapflow with every extension that it knows, curl. What they did is looked at by imaplib."""
import os
import re
import subprocess
import sys

import rig as r
from mail import append, fetch_all, imap, message
from synced import expect, on_server, quoted, subjects


def imapfilter(rig, address):
    """Searches, flags, copies, moves and deletes."""
    big = message(address, address, "a large one", ("y" * 76 + "\r\n") * 1000)
    texts = [message("boss@elsewhere.test", address, "urgent: budget", "money\r\n"), message("list@lists.test", address, "[list] one", "x\r\n"),
             message("list@lists.test", address, "[list] two", "needle in it\r\n"), big, message("spam@elsewhere.test", address, "buy now", "x\r\n")]
    with imap(rig, address) as client:
        for text in texts:
            expect(client.append("INBOX", "", None, text.encode()))
        expect(client.store("4", "+FLAGS", "($Label1 \\Seen)"))
    config = rig.path("imapfilter/rules.lua", f"""
options.timeout = 30
options.create = true
options.subscribe = true
options.expunge = true
options.keepalive = 5
local a = IMAP {{ server = 'localhost', port = {rig.ports['imaps']}, username = '{address}', password = '{r.PASSWORD}', ssl = 'auto' }}
local function say(name, set) print('FOUND ' .. name .. ' ' .. #set) end
local exist, recent, unseen, uidnext = a.INBOX:check_status()
print('STATUS ' .. exist .. ' ' .. unseen .. ' ' .. uidnext)
say('all', a.INBOX:select_all())
say('unseen', a.INBOX:is_unseen())
say('subject', a.INBOX:contain_subject('[list]'))
say('body', a.INBOX:contain_body('needle'))
say('field', a.INBOX:contain_field('From', 'boss@'))
say('larger', a.INBOX:is_larger(50000))
say('keyword', a.INBOX:has_keyword('$Label1'))
say('sent', a.INBOX:sent_on('01-Jan-2026'))
say('before', a.INBOX:sent_before('01-Jan-2026'))
say('query', a.INBOX:send_query('OR FROM "boss" SUBJECT "buy"'))
say('match', a.INBOX:match_header('Subject: \\\\[list\\\\]'))
say('both', a.INBOX:contain_from('list@') * a.INBOX:contain_body('needle'))
say('either', a.INBOX:contain_from('boss') + a.INBOX:contain_from('spam'))
say('minus', a.INBOX:select_all() - a.INBOX:contain_from('list@'))
a.INBOX:contain_subject('urgent'):mark_flagged()
a.INBOX:contain_subject('urgent'):add_flags({{ '$Work' }})
a.INBOX:contain_subject('a large one'):copy_messages(a['Saved/Large'])
a.INBOX:contain_subject('[list]'):move_messages(a['Lists/One & \u00c4'])
a.INBOX:contain_subject('buy now'):delete_messages()
local boxes = a:list_all('', '*')
for _, box in ipairs(boxes) do print('BOX ' .. box) end
a:create_mailbox('Old')
a:rename_mailbox('Old', 'New')
a:delete_mailbox('New')
""")
    home = rig.path("imapfilter")
    said = r.run(["imapfilter", "-c", config, "-t", rig.certificate], stdin=subprocess.DEVNULL, env=dict(os.environ, HOME=home, LC_ALL="C.UTF-8")).stdout
    found = dict(re.findall(r"^FOUND (\S+) (\d+)$", said, re.M))
    wanted = {"all": 5, "unseen": 4, "subject": 2, "body": 1, "field": 1, "larger": 1, "keyword": 1, "sent": 5, "before": 0, "query": 2, "match": 2, "both": 1,
              "either": 2, "minus": 3}
    assert found == {name: str(count) for name, count in wanted.items()}, said
    assert "STATUS 5 4 6" in said, said
    after = on_server(rig, address)
    assert {name: [mail[:2] for mail in mails] for name, mails in after.items()} == {
        "INBOX": [("a large one", "S"), ("urgent: budget", "F")], "Saved/Large": [("a large one", "S")],
        "Lists/One &- &AMQ-": [("[list] one", ""), ("[list] two", "")]}, after
    with imap(rig, address) as client:
        assert expect(client.search(None, "KEYWORD", "$Work")) == [b"1"]
        boxes = b"\n".join(expect(client.list()))
        assert b"New" not in boxes and b"Old" not in boxes, boxes
        assert b"Saved/Large" in b"\n".join(expect(client.lsub())), "options.subscribe"


class Imapflow:
    """The script of imapflow_extensions.js; it stops at each STEP until the function of that name has run."""

    def __init__(self, rig, address):
        self.rig, self.address = rig, address

    def run(self, steps):
        modules = r.run([os.path.join(r.ROOT, "tools/install-deps"), "--print-npm"]).stdout.strip() + "/node_modules"
        script = os.path.join(r.ROOT, "tests/interop/imapflow_extensions.js")
        child = subprocess.Popen(["timeout", "100", "node", script, str(self.rig.ports["imaps"]), self.address, r.PASSWORD], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ, NODE_PATH=modules))
        lines, left = [], list(steps)
        try:
            for line in child.stdout:
                lines.append(line)
                if line.startswith("STEP "):
                    assert left and left[0] == line.split()[1], f"{line} where {left} was to come"
                    with imap(self.rig, self.address) as client:
                        steps[left.pop(0)](client)
                    child.stdin.write("\n")
                    child.stdin.flush()
            assert child.wait(30) == 0 and not left, "".join(lines)[-4000:]
        finally:
            child.kill()
            child.wait()
            child.stdin.close()
            child.stdout.close()


def imapflow_extensions(rig, address):
    append(rig, address, 6)
    if hasattr(rig, "admin"):
        rig.admin("mailbox", "quota", address, "50M", "--messages", "1000")

    def change(client):
        expect(client.uid("STORE", "1", "+FLAGS", "(\\Flagged)"))
        expect(client.uid("STORE", "2,4", "+FLAGS", "(\\Deleted)"))
        expect(client.expunge())
        expect(client.append("INBOX", "", None, message(address, address, "while away", "x\r\n").encode()))

    def refused_store(client):
        assert expect(client.uid("SEARCH", "KEYWORD", "$Late")) == [b""], "UNCHANGEDSINCE did not hold the flag back"
        assert expect(client.uid("SEARCH", "KEYWORD", "$Early")) == [b"3"]

    def deliver(client):
        expect(client.append("INBOX", "", None, message(address, address, "while idle", "x\r\n").encode()))

    def flag(client):
        expect(client.uid("STORE", "3", "+FLAGS", "(\\Answered)"))

    def expunge(client):
        expect(client.uid("STORE", "3", "+FLAGS", "(\\Deleted)"))
        expect(client.expunge())

    def moved(client):
        expect(client.select(quoted("Neu/\u00dcber uns"), readonly=True))
        assert expect(client.uid("SEARCH", "SUBJECT", "number")) == [b"1 2"], "MOVE"
        expect(client.select("INBOX", readonly=True))
        assert expect(client.uid("SEARCH", "ALL")) == [b"1 7 8"], "what is left"

    def gone(client):
        names = b"\n".join(expect(client.list()))
        assert b"Neu" not in names and b"Alt" not in names, names

    Imapflow(rig, address).run({f.__name__: f for f in (change, refused_store, deliver, flag, expunge, moved, gone)})


def curl_commands(rig, address):
    """APPEND, CREATE, SEARCH, STORE, a section and a part of it, COPY, EXPUNGE, UIDVALIDITY."""
    base = f"imaps://localhost:{rig.ports['imaps']}"

    def curl(path, *arguments, check=True):
        return r.run(["curl", "-sS", "--cacert", rig.certificate, "-u", f"{address}:{r.PASSWORD}", base + path, *arguments], check=check)

    curl("/", "-X", "CREATE Work")
    assert "Work" in curl("/").stdout
    text = message(address, address, "by curl", "0123456789\r\nneedle\r\n")
    curl("/Work", "-T", rig.path("curl/one.eml", text))
    curl("/Work", "-T", rig.path("curl/two.eml", message(address, address, "another", "x\r\n")))
    assert fetch_all(rig, address, "Work")[0] == text
    assert curl("/Work;MAILINDEX=1").stdout.replace("\r", "") == text.replace("\r", "")
    assert curl("/Work;UID=1;SECTION=TEXT").stdout.startswith("0123456789")
    assert curl("/Work;UID=1/;SECTION=TEXT;PARTIAL=2.3").stdout == "234", "PARTIAL"
    assert "Subject: by curl" in curl("/Work;UID=1/;SECTION=HEADER.FIELDS%20(SUBJECT)").stdout
    assert curl("/Work?SUBJECT%20curl").stdout.strip() == "* SEARCH 1"
    assert curl("/Work?BODY%20needle%20UNSEEN").stdout.strip() in ("* SEARCH", "* SEARCH 1")  # the FETCHes above set \Seen
    assert re.search(r"\* 2 FETCH \(.*\\Flagged", curl("/Work", "-X", "STORE 2 +FLAGS (\\Flagged)").stdout)
    curl("/Work", "-X", "COPY 2 INBOX")
    assert subjects(on_server(rig, address)["INBOX"]) == ["another"]
    curl("/Work", "-X", "STORE 2 +FLAGS.SILENT (\\Deleted)")
    assert "* 2 EXPUNGE" in curl("/Work", "-X", "EXPUNGE").stdout
    assert subjects(on_server(rig, address)["Work"]) == ["by curl"]
    with imap(rig, address) as client:
        validity = int(re.search(rb"UIDVALIDITY (\d+)", expect(client.status("Work", "(UIDVALIDITY)"))[0]).group(1))
    assert "by curl" in curl(f"/Work;UIDVALIDITY={validity};UID=1").stdout
    assert curl(f"/Work;UIDVALIDITY={validity + 1};UID=1", check=False).returncode == 78, "curl reads UIDVALIDITY"
    assert curl("/Nowhere;UID=1", check=False).returncode != 0
    wrong = r.run(["curl", "-sS", "--cacert", rig.certificate, "-u", f"{address}:wrong", base + "/"], check=False)
    assert wrong.returncode == 67, wrong.stdout  # curl: login denied


if __name__ == "__main__":
    sys.exit(r.main([imapfilter, imapflow_extensions, curl_commands]))
