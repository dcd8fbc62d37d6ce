#!/usr/bin/env python3
"""Reading with real clients over IMAP: curl, mbsync, neomutt, fetchmail, imapflow, Python's imaplib."""
import glob
import os
import subprocess
import sys
import time

import rig as r
from mail import append, fetch_all, imap, mbsync_account, message
from smtp_clients import node, swaks


def curl_imaps(rig, address):
    append(rig, address, 2)
    base = f"imaps://localhost:{rig.ports['imaps']}"
    login = ["-sS", "-k", "-u", f"{address}:{r.PASSWORD}"]
    flags = r.run(["curl", *login, base + "/INBOX", "-X", "FETCH 1:* (FLAGS)"]).stdout
    assert flags.count("FETCH (FLAGS (") == 2, flags
    listing = r.run(["curl", *login, base + "/"]).stdout
    assert "INBOX" in listing and "\\Drafts" in listing, listing
    subject = r.run(["curl", "-sS", "-k", "--ssl-reqd", "-u", f"{address}:{r.PASSWORD}",
                     f"imap://localhost:{rig.ports['imap']}/INBOX;UID=1/;SECTION=HEADER.FIELDS%20(SUBJECT)"]).stdout
    assert subject.strip() == "Subject: number 0", subject
    path = rig.path("append.eml", message(address, address, "curl appends", "x\r\n"))
    r.run(["curl", *login, base + "/INBOX", "-T", path])
    assert any("curl appends" in m for m in fetch_all(rig, address))


def mbsync_two_way(rig, address):
    append(rig, address, 3)
    home, config = mbsync_account(rig, address, "mbsync")
    sync = lambda: r.run(["mbsync", "-c", config, "-a"])
    inbox = lambda: sorted(glob.glob(home + "/md/INBOX/new/*") + glob.glob(home + "/md/INBOX/cur/*"))
    sync()
    assert len(inbox()) == 3, inbox()
    assert os.path.isdir(home + "/md/Drafts") and os.path.isdir(home + "/md/Sent"), os.listdir(home + "/md")
    with open(home + "/md/INBOX/new/1.local", "w") as out:
        out.write(message(address, address, "from the Maildir", "x\n").replace("\r\n", "\n"))
    seen = inbox()[1]
    os.rename(seen, seen.replace("/new/", "/cur/").split(":")[0] + ":2,S")
    sync()
    assert len(fetch_all(rig, address)) == 4
    with imap(rig, address) as client:
        assert len(client.search(None, "SEEN")[1][0].split()) == 1
        client.store("1", "+FLAGS", "(\\Deleted \\Flagged)")
        client.expunge()
    sync()
    assert len(inbox()) == 3, inbox()
    before = [(f, os.path.getmtime(f)) for f in inbox()]
    sync()
    assert before == [(f, os.path.getmtime(f)) for f in inbox()], "a second run changed something"


def neomutt_reads(rig, address):
    append(rig, address, 2)
    muttrc = rig.path("read/muttrc", f"""
set imap_user="{address}" imap_pass="{r.PASSWORD}" ssl_force_tls=yes certificate_file="{rig.certificate}"
set folder="imaps://localhost:{rig.ports['imaps']}/" spoolfile="+INBOX" record="" confirmappend=no delete=yes quit=yes
set header_cache="" sleep_time=0 mail_check=0 wait_key=no
""")
    tmux = ["tmux", "-S", rig.path("read/tmux")]
    environment = dict(os.environ, HOME=rig.folder, TERM="xterm", LC_ALL="C.UTF-8")
    screen = lambda: r.run([*tmux, "capture-pane", "-p"], check=False, env=environment).stdout
    r.run([*tmux, "new-session", "-d", "-x", "100", "-y", "30", f"neomutt -n -F {muttrc}"], env=environment)
    try:
        r.until(lambda: "number 1" in screen(), what="neomutt's index")
        r.run([*tmux, "send-keys", "F"], env=environment)
        r.run([*tmux, "send-keys", "$"], env=environment)
        with imap(rig, address) as client:
            r.until(lambda: client.noop() and client.search(None, "FLAGGED")[1][0].split(), what="\\Flagged")
    finally:
        r.run([*tmux, "kill-server"], check=False, env=environment)


def fetchmail_imap(rig, address):
    append(rig, address, 3)
    out = rig.path("fetchmail-imap.mbox")
    config = rig.path("fetchmail-imap.rc", f"""poll localhost with proto IMAP service {rig.ports['imap']} user "{address}" there with password "{r.PASSWORD}" """
                      f"""sslproto "TLS1.2+" no sslcertck keep fetchall mda "cat >> {out}"\n""")
    r.run(["fetchmail", "-f", config, "--pidfile", rig.path("fetchmail-imap.pid"), "-N", "--nosyslog"], env=dict(os.environ, HOME=rig.folder))
    assert open(out).read().count("Subject: number") == 3


def imapflow(rig, address):
    append(rig, address, 5)
    script = """
const { ImapFlow } = require('imapflow');
const [port, user, pass] = process.argv.slice(2);
const must = (ok, what) => { if (!ok) throw new Error(what); };
(async () => {
  const c = new ImapFlow({host: '127.0.0.1', port: +port, secure: true, tls: {rejectUnauthorized: false}, auth: {user, pass}, logger: false});
  await c.connect();
  const boxes = await c.list();
  must(boxes.some(b => b.specialUse === '\\\\Sent'), 'special use');
  await c.mailboxCreate('Work/\u00c4pfel & Birnen');
  must((await c.list()).some(b => b.path === 'Work/\u00c4pfel & Birnen'), 'a name in another script');
  const lock = await c.getMailboxLock('INBOX');
  must(c.mailbox.exists === 5, 'exists');
  const all = [];
  for await (const m of c.fetch('1:*', {envelope: true, bodyStructure: true, flags: true, internalDate: true, size: true})) all.push(m);
  must(all.length === 5 && all[0].envelope.subject === 'number 0', 'envelope');
  must(all[0].bodyStructure.type === 'text/plain', 'structure');
  must(all[0].envelope.date.toISOString() === '2026-01-01T09:00:00.000Z', 'date');
  await c.messageFlagsAdd('1:2', ['\\\\Seen', '$Label1']);
  must((await c.search({seen: true}, {uid: true})).length === 2, 'search');
  const copied = await c.messageCopy('1:3', 'Work/\u00c4pfel & Birnen');
  must(copied.uidMap.size === 3, 'COPYUID');
  const moved = await c.messageMove('5', 'Archive');
  must(moved.uidMap.size === 1 && c.mailbox.exists === 4, 'MOVE');
  const appended = await c.append('Drafts', 'Subject: draft\\r\\n\\r\\nx\\r\\n', ['\\\\Draft']);
  must(appended.uid > 0, 'APPENDUID');
  await c.messageDelete('1', {});
  must(c.mailbox.exists === 3, 'EXPUNGE');
  const arrived = new Promise(resolve => c.on('exists', e => resolve(e.count)));
  console.log('IDLING');
  setTimeout(() => c.idle(), 0);
  must(await arrived === 4, 'IDLE');
  lock.release();
  must((await c.status('Work/\u00c4pfel & Birnen', {messages: true, unseen: true})).messages === 3, 'STATUS');
  await c.mailboxDelete('Work/\u00c4pfel & Birnen');
  await c.logout();
  console.log('DONE');
})().catch(e => { console.error(e); process.exit(1); });
"""
    modules = r.run([os.path.join(r.ROOT, "tools/install-deps"), "--print-npm"]).stdout.strip() + "/node_modules"
    path = rig.path("imapflow.js", script)
    child = subprocess.Popen(["node", path, str(rig.ports["imaps"]), address, r.PASSWORD], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env=dict(os.environ, NODE_PATH=modules))
    try:
        lines = []
        for line in child.stdout:
            lines.append(line)
            if "IDLING" in line:
                time.sleep(0.5)
                swaks(rig, "mx", "--from", "a@elsewhere.test", "--to", address)
        assert child.wait(30) == 0, "".join(lines)
    finally:
        child.kill()


def idle_hears_within_a_second(rig, address):
    """A delivery by SMTP (in another process with --apart) reaches an IDLE session within a second."""
    with imap(rig, address) as client:
        for _ in range(3):
            tag = client._new_tag()
            client.send(tag + b" IDLE\r\n")
            assert client.readline().startswith(b"+"), "no continuation"
            swaks(rig, "mx", "--from", "a@elsewhere.test", "--to", address)
            started = time.monotonic()
            client.sock.settimeout(1.0)
            line = client.readline()
            assert b"EXISTS" in line, line
            assert time.monotonic() - started < 1.0
            client.sock.settimeout(20)
            client.send(b"DONE\r\n")
            while not client.readline().startswith(tag):
                pass


def python_imaplib(rig, address):
    with imap(rig, address) as client:
        big = message(address, address, "big", "x" * 70 + "\r\n") + ("y" * 76 + "\r\n") * 100_000
        assert client.append("INBOX", "\\Seen", None, big.encode())[0] == "OK"
        assert client.select()[1] == [b"1"]
        data = client.fetch("1", "(UID RFC822.SIZE BODY.PEEK[])")[1]
        assert data[0][1].decode() == big, "the octets came back changed"
        assert client.fetch("1", "(BODY.PEEK[TEXT]<10.5>)")[1][0][1] == b"xxxxx"
        assert client.create("a/b")[0] == "OK" and client.rename("a", "c")[0] == "OK"
        assert any(b"c/b" in line for line in client.list()[1])
        assert client.copy("1", "c/b")[0] == "OK"
        assert b"(MESSAGES 1)" in client.status("c/b", "(MESSAGES)")[1][0]
        missing = client.copy("1", "nowhere")
        assert missing[0] == "NO" and b"TRYCREATE" in missing[1][0], missing
        assert client.store("1", "+FLAGS", "\\Deleted")[0] == "OK" and client.expunge()[1] == [b"1"]
        assert client.delete("c/b")[0] == "OK"
        assert client.search(None, "ALL")[1] == [b""]


if __name__ == "__main__":
    sys.exit(r.main([curl_imaps, mbsync_two_way, neomutt_reads, fetchmail_imap, imapflow, idle_hears_within_a_second, python_imaplib]))
