#!/usr/bin/env python3
"""Roundcube in a browser reads, searches, threads, moves, shares and sends; what it did is looked up over another IMAP connection."""
import contextlib
import os
import shutil
import smtplib
import sys

import rig as r
from mail import append, imap, message, subjects
from sink import Sink
from webdriver import chromium

SCHEMA = "/usr/share/roundcube/SQL/sqlite.initial.sql"
WEBROOT = "/var/lib/roundcube/public_html"
TEXT = "Größe, kestrel"
# The rows of the list of messages in the order shown, each with its subject and its depth below the thread's root.
ROWS = """[...document.querySelectorAll('#messagelist tbody tr.message')].filter(row => row.getClientRects().length).map(row =>
  [row.querySelector('span.subject a').textContent.trim(), Object.values(rcmail.message_list.rows).find(known => known.obj == row)?.depth || 0])"""
READY = "document.readyState == 'complete' && window.rcmail && rcmail.initialized !== false && !rcmail.busy && rcmail.task == arguments[0]"


def configuration(rig, folder):
    verified = f"['ssl' => ['cafile' => '{rig.certificate}']]"
    options = {
        "db_dsnw": f"'sqlite:///{folder}/database?mode=0640'",
        "imap_host": f"'ssl://localhost:{rig.ports['imaps']}'",
        "imap_conn_options": verified,
        "smtp_host": f"'tls://localhost:{rig.ports['submission']}'",
        "smtp_conn_options": verified,
        "managesieve_host": f"'tls://localhost:{rig.ports['managesieve']}'",
        "managesieve_conn_options": verified,
        "plugins": "['acl', 'managesieve']",
        "des_key": "'0123456789abcdef01234567'",
        "log_driver": "'stdout'",
        "temp_dir": f"'{folder}/temp'",
        "imap_debug": "true",
        "language": "'en_US'",
        "skin": "'elastic'",
        "timezone": "'UTC'",
        "message_sort_col": "'arrival'",
        "message_sort_order": "'ASC'",
        "mail_read_time": "0",
        "enable_spellcheck": "false",
        "archive_mbox": "'Archive'",
    }
    return "<?php\n" + "".join(f"$config['{name}'] = {value};\n" for name, value in options.items())


@contextlib.contextmanager
def roundcube(rig):
    """Roundcube behind PHP's own web server, with a configuration and a database of its own; gives its address."""
    folder, port = os.path.join(rig.folder, "roundcube"), r.free_ports(1)[0]
    for name in ("config", "temp"):
        os.makedirs(os.path.join(folder, name))
    for name in ("defaults.inc.php", "mimetypes.php"):
        shutil.copy("/etc/roundcube/" + name, folder + "/config")
    rig.path("roundcube/config/config.inc.php", configuration(rig, folder))
    make = "$d = new PDO('sqlite:' . $argv[1]); $d->exec(file_get_contents($argv[2]));"
    r.run(["php", "-r", make, folder + "/database", SCHEMA])
    environment = dict(os.environ, ROUNDCUBE_CONFIG_DIR=folder + "/config", PHP_CLI_SERVER_WORKERS="4")
    command = ["php", "-d", "display_errors=0", "-S", f"127.0.0.1:{port}", "-t", WEBROOT]
    with r.background(command, os.path.join(rig.folder, "php.log"), env=environment):
        rig.wait_for(port)
        yield f"http://127.0.0.1:{port}/"


class Webmail:
    """What a person does in Roundcube."""

    def __init__(self, browser, url):
        self.browser, self.url = browser, url

    def log_in(self, address):
        self.browser.forget()
        self.browser.open(self.url)
        self.browser.write("#rcmloginuser", address)
        self.browser.write("#rcmloginpwd", r.PASSWORD)
        self.browser.click("#rcmloginsubmit")
        self.ready("mail")

    def ready(self, task):
        self.browser.until(READY, task, what=f"the page '{task}'")

    def open(self, task, **parameters):
        more = "".join(f"&_{name}={value}" for name, value in parameters.items())
        self.browser.open(f"{self.url}?_task={task}{more}")
        self.ready(task)

    def wait_for_rows(self, *wanted):
        """Waits until the list of messages shows these subjects in this order."""
        self.browser.until(f"!rcmail.busy && JSON.stringify({ROWS}.map(row => row[0])) == JSON.stringify(arguments[0])", list(wanted),
                           what=f"the rows {wanted}")

    def select(self, subject):
        """A click on a message, which shows it beside the list."""
        self.browser.click("#messagelist td.subject a", subject)
        self.browser.until("!rcmail.busy && document.querySelector('#messagecontframe').contentDocument"
                           ".querySelector('h2.subject')?.textContent.includes(arguments[0])", subject, what=f"the text of '{subject}'")

    def command(self, name, *arguments):
        """What stands in a menu."""
        self.browser.run("rcmail.command(...arguments)", name, *arguments)


def shows_mailboxes_and_quota(rig, address, webmail):
    append(rig, address, 1, body="x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 400)
    rig.admin("mailbox", "quota", address, "100K")
    with imap(rig, address) as client:
        answer = r.until(lambda: client.getquotaroot("INBOX")[1][1], 5, "a quota")[0].decode()  # ... (STORAGE used limit)
        used, limit = (int(word) for word in answer.split("(STORAGE ")[1].split(")")[0].split()[:2])
        assert limit == 100 and 20 <= used <= 60, answer
    webmail.log_in(address)
    webmail.browser.until("document.querySelector('#quotadisplay .count').textContent == arguments[0]", f"{used}%")
    shown = webmail.browser.run("return [...document.querySelectorAll('#mailboxlist a')].map(link => link.getAttribute('rel'))")
    assert {"INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive"} <= set(shown), shown


def reads(rig, address, webmail):
    append(rig, address, 1)
    with imap(rig, address) as client:
        text = (f"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.net>\r\nTo: <{address}>\r\nSubject: =?utf-8?b?UHLDvGZ1bmc=?=\r\n"
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
                "Content-Transfer-Encoding: 8bit\r\n\r\n" + TEXT + "\r\n--b\r\nContent-Type: image/png; name=photo.png\r\n"
                "Content-Disposition: attachment; filename=photo.png\r\nContent-Transfer-Encoding: base64\r\n\r\naGVyb24=\r\n--b--\r\n")
        assert client.append("INBOX", None, None, text.encode())[0] == "OK"
        webmail.log_in(address)
        webmail.wait_for_rows("number 0", "Prüfung")
        webmail.select("Prüfung")
        with webmail.browser.frame("#messagecontframe"):
            webmail.browser.until("document.querySelector('#messagebody')?.textContent.includes(arguments[0])", TEXT)
            webmail.browser.until("document.querySelector('#attachment-list').textContent.includes('photo.png')")
        r.until(lambda: client.noop() and client.search(None, "SEEN")[1] == [b"2"], what="\\Seen on the second message alone")


def searches(rig, address, webmail):
    with imap(rig, address) as client:
        for subject, body in (("lunch", "kestrel and heron\r\n"), ("a kestrel", "heron\r\n"), ("supper", "wren\r\n")):
            assert client.append("INBOX", None, None, message(address, address, subject, body).encode())[0] == "OK"
    webmail.log_in(address)
    webmail.wait_for_rows("lunch", "a kestrel", "supper")
    for scope, wanted in (("subject", ["a kestrel"]), ("body", ["lunch"]), ("text", ["lunch", "a kestrel"])):
        webmail.browser.run("document.querySelectorAll('input[name=\"s_mods[]\"]').forEach(box => { box.checked = box.value == arguments[0]; });"
                            "rcmail.set_searchmods({[arguments[0]]: 1});", scope)
        webmail.browser.write("#mailsearchform", "KESTREL")
        webmail.browser.on("#mailsearchform", "value", {"text": "\ue007"}, "")  # the key Enter
        webmail.wait_for_rows(*wanted)
        webmail.command("reset-search")
        webmail.wait_for_rows("lunch", "a kestrel", "supper")


def sorts_and_threads(rig, address, webmail):
    with imap(rig, address) as client:
        for number, (subject, parents) in enumerate((("plan", []), ("Re: plan", [0]), ("zebra", []), ("Re: Re: plan", [0, 1]),
                                                     ("Re: plan again", [0]))):
            references = " ".join(f"<m{parent}@{address}>" for parent in parents)
            head = (f"Message-ID: <m{number}@{address}>\r\nDate: Thu, {number + 1:02} Jan 2026 10:00:00 +0000\r\nFrom: <a@example.net>\r\n"
                    f"Subject: {subject}\r\n" + (f"References: {references}\r\n" if parents else ""))
            assert client.append("INBOX", None, None, (head + "\r\nx\r\n").encode())[0] == "OK"
    webmail.log_in(address)
    webmail.wait_for_rows("plan", "Re: plan", "zebra", "Re: Re: plan", "Re: plan again")

    def choose(**options):
        webmail.browser.click("#messagelist-header a.options")
        webmail.browser.until("document.querySelector('.ui-dialog select[name=sort_col]') != null", what="the dialogue")
        webmail.browser.run("for (const name in arguments[0]) document.querySelector(`.ui-dialog select[name=${name}]`).value = arguments[0][name];",
                            options)
        webmail.browser.click(".ui-dialog button.mainaction")

    choose(sort_col="subject", sort_ord="ASC", mode="list")  # RFC 5256: by base subject, then as they came
    webmail.wait_for_rows("plan", "Re: plan", "Re: Re: plan", "Re: plan again", "zebra")
    choose(sort_col="date", sort_ord="DESC", mode="list")
    webmail.wait_for_rows("Re: plan again", "Re: Re: plan", "zebra", "Re: plan", "plan")
    choose(sort_col="arrival", sort_ord="ASC", mode="threads")
    webmail.browser.until("!rcmail.busy && rcmail.env.threading && rcmail.message_list.rowcount > 0", what="the list of threads")
    webmail.command("expand-all")
    webmail.browser.until(f"{ROWS}.length == 5", what="all rows of the threads")
    tree = webmail.browser.run("return " + ROWS)
    thread = [["plan", 0], ["Re: plan", 1], ["Re: Re: plan", 2], ["Re: plan again", 1]]
    assert tree in ([["zebra", 0], *thread], [*thread, ["zebra", 0]]), tree


def flags_moves_and_deletes(rig, address, webmail):
    append(rig, address, 3)
    webmail.log_in(address)
    webmail.wait_for_rows("number 0", "number 1", "number 2")
    webmail.select("number 1")
    webmail.command("mark", "flagged")
    with imap(rig, address) as client:
        r.until(lambda: client.noop() and client.search(None, "FLAGGED SEEN")[1] == [b"2"], what="\\Flagged")
    webmail.command("move", "Archive")
    webmail.wait_for_rows("number 0", "number 2")
    webmail.select("number 2")
    webmail.browser.click("#layout-content a.delete:not(.disabled)")
    webmail.wait_for_rows("number 0")
    assert subjects(rig, address, "INBOX") == ["number 0"]
    assert subjects(rig, address, "Archive") == ["number 1"] and subjects(rig, address, "Trash") == ["number 2"]
    with imap(rig, address, "Archive") as client:
        assert client.search(None, "FLAGGED SEEN")[1] == [b"1"], "flags go along"
    webmail.open("mail", mbox="Trash")
    webmail.wait_for_rows("number 2")
    webmail.select("number 2")
    webmail.browser.click("#layout-content a.delete:not(.disabled)")
    webmail.wait_for_rows()
    assert subjects(rig, address, "Trash") == []


def makes_a_mailbox(rig, address, webmail):
    webmail.log_in(address)
    webmail.open("settings", action="edit-folder", mbox="")
    webmail.browser.write("input[name=_name]", "Bücher & mehr")
    webmail.browser.click("button.submit")
    with imap(rig, address) as client:
        name = "B&APw-cher &- mehr"
        r.until(lambda: any(name.encode() in line for line in client.lsub()[1] if line), what="the new mailbox, subscribed to")


def shares(rig, address, webmail):
    """The dialogue of the plug-in `acl` gives another user the right to read, and takes it away; that user sees the mailbox come and go."""
    reader, name = "reader@" + r.DOMAIN, f"#Shared/{address}/Team"
    rig.add_mailbox("reader")
    with imap(rig, address) as client:
        client.create("Team")
        client.subscribe("Team")
    append(rig, address, 1, "Team", body="a kestrel\r\n")
    with imap(rig, reader) as other:
        def listed(command=other.list):
            return any(name in line.decode() for line in command()[1] if line)

        assert not listed()
        webmail.log_in(address)
        webmail.open("settings", action="edit-folder", mbox="Team")
        webmail.browser.click("#acllist-footer a.create")
        webmail.browser.write("#acluser", reader)
        webmail.browser.click(".ui-dialog button.mainaction")
        webmail.browser.until("document.querySelector('#acltable').textContent.includes(arguments[0])", reader)
        r.until(listed, what="the shared mailbox")
        assert set(other.myrights(f'"{name}"')[1][0].decode().rsplit(" ", 1)[1]) == set("lrs")
        assert other.select(f'"{name}"') == ("OK", [b"1"])
        assert other.fetch("1", "(BODY.PEEK[TEXT])")[1][0][1] == b"a kestrel\r\n"
        assert other.store("1", "+FLAGS", "\\Flagged")[0] == "NO", "without the right w"

        webmail.log_in(reader)
        webmail.open("settings", action="folders")
        webmail.browser.click(f"#subscription-table input[value='{name}']")
        r.until(lambda: listed(other.lsub), what="the subscription")
        webmail.open("mail", mbox=name.replace("#", "%23"))
        webmail.wait_for_rows("number 0")
        webmail.select("number 0")
        r.until(lambda: other.noop() and other.search(None, "SEEN")[1] == [b"1"], what="\\Seen for the reader")
        with imap(rig, address, "Team") as client:
            assert client.search(None, "SEEN")[1] == [b""], "the owner has not read it"
        other.select("INBOX")

        webmail.log_in(address)
        webmail.open("settings", action="edit-folder", mbox="Team")
        webmail.browser.click("#acltable td.user", reader)
        webmail.command("acl-delete")
        webmail.browser.click(".ui-dialog button.mainaction")
        r.until(lambda: not listed(), what="the end of the share")
        assert other.select(f'"{name}"')[0] == "NO"


def filters(rig, address, webmail):
    """A filter made with the mouse files the mail that comes after it; an answer is written while somebody is away."""
    browser = webmail.browser
    webmail.log_in(address)
    webmail.open("settings", action="plugin.managesieve")
    browser.until("document.querySelector('#filterslist') && rcmail.env.contentframe")
    webmail.command("plugin.managesieve-add")
    with browser.frame("#filter-box"):
        browser.until("document.readyState == 'complete' && document.querySelector('select[name=\"_header[0]\"]') && window.rcmail && !rcmail.busy")
        browser.write("input[name=_name]", "lists")
        browser.run("""
          const choose = (name, value) => {
            const field = document.querySelector(`select[name="${name}[0]"]`);
            field.value = value;
            field.dispatchEvent(new Event('change', {bubbles: true}));
          };
          choose('_header', 'subject');
          choose('_rule_op', 'contains');
          choose('_action_type', 'fileinto');
          choose('_action_mailbox', 'Archive');""")
        browser.write(".multi-input input, .listarea input", "[kestrel]")
        browser.run("document.activeElement.blur()")
        browser.click("button.submit, input.submit, .formbuttons button")
    browser.until("[...document.querySelectorAll('#filterslist td.name')].some(cell => cell.textContent.includes('lists'))", what="the filter in the list")
    script = rig.admin("sieve", "show", address, "roundcube").stdout
    assert "# rule:[lists]" in script and 'fileinto "Archive"' in script, script
    for subject in ("[kestrel] one", "another"):
        with smtplib.LMTP("127.0.0.1", rig.ports["lmtp"]) as client:
            client.sendmail("a@example.net", [address], message("a@example.net", address, subject, "heron\r\n"))
    r.until(lambda: subjects(rig, address, "Archive") == ["[kestrel] one"] and subjects(rig, address, "INBOX") == ["another"], 20,
            "the mail where the filter puts it")


def sends_to_other_hosts(rig, address, webmail, sink):
    webmail.log_in(address)
    webmail.open("mail", action="compose", to="dora@elsewhere.test", subject="Gr%C3%BC%C3%9Fe", body="kestrel%0A.heron")
    webmail.browser.until("rcmail.env.action == 'compose' && rcmail.env.compose_id && document.querySelector('#composebody').value != ''",
                          what="the page to write on")
    webmail.browser.click("button.send")
    taken, = r.until(lambda: sink.to("dora@elsewhere.test"), 20, "the message at the other host")
    text = taken.text()
    assert taken.sender == address and "Subject: =?UTF-8?" in text and "\r\nkestrel\r\n.heron\r\n" in text, taken
    r.until(lambda: len(subjects(rig, address, "Sent")) == 1, what="a copy in Sent")


def main():
    with Sink() as sink, r.Rig(extra=sink.settings()) as rig:
        rig.start()
        with roundcube(rig) as url, chromium(rig) as browser:
            webmail = Webmail(browser, url)
            counts = r.run_tests(rig, [shows_mailboxes_and_quota, reads, searches, sorts_and_threads, flags_moves_and_deletes, makes_a_mailbox,
                                       shares, filters], webmail)
            more = r.run_tests(rig, [sends_to_other_hosts], webmail, sink)
        return r.finish(rig, counts[0] + more[0], counts[1] + more[1])


if __name__ == "__main__":
    sys.exit(main())
