#!/usr/bin/env python3
"""Thunderbird, without a display, reads, sorts, searches and sends; what it did is looked up over another IMAP connection."""
import sys

import rig as r
from mail import append, fetch_all, imap, message, subjects
from marionette import thunderbird
from sink import Sink
from smtp_clients import swaks


def log_in(rig, address, client):
    """Makes the account and waits for its mailboxes."""
    client.run(address, """
        const [address, password, imaps, submission] = given;
        const incoming = MailServices.accounts.createIncomingServer(address, "localhost", "imap");
        Object.assign(incoming, { port: imaps, socketType: Ci.nsMsgSocketType.SSL, authMethod: Ci.nsMsgAuthMethod.passwordCleartext, password,
          loginAtStartUp: false, doBiff: false });
        const outgoing = MailServices.outgoingServer.createServer("smtp").QueryInterface(Ci.nsISmtpServer);
        Object.assign(outgoing, { hostname: "localhost", port: submission, username: address, password,
          socketType: Ci.nsMsgSocketType.alwaysSTARTTLS, authMethod: Ci.nsMsgAuthMethod.passwordCleartext });
        const identity = MailServices.accounts.createIdentity();
        Object.assign(identity, { email: address, fullName: "Reader", smtpServerKey: outgoing.key });
        const account = MailServices.accounts.createAccount();
        account.incomingServer = incoming;
        account.addIdentity(identity);
        incoming.performExpand(msgWindow);
        await until(() => incoming.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox), "the inbox");
        await until(() => incoming.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.SentMail), "the special uses");""",
               address, r.PASSWORD, rig.ports["imaps"], rig.ports["submission"])


def flags(client, number="1"):
    """The flags of a message as the server has them now."""
    client.noop()
    line = client.fetch(number, "(FLAGS)")[1][-1]
    return set(line.decode().split("FLAGS (")[1].split(")")[0].split()) - {"\\Recent"}


def lists_mailboxes(rig, address, client):
    with imap(rig, address) as other:
        for name in ("Work/2026", "Work/&AMQ-pfel &- Birnen"):
            assert other.create(f'"{name}"')[0] == "OK" and other.subscribe(f'"{name}"')[0] == "OK"
    log_in(rig, address, client)
    seen = client.run(address, """
        await found("Work/2026");
        const uses = ["Inbox", "Drafts", "SentMail", "Trash", "Junk", "Archive"];
        return server.rootFolder.descendants.map(f => [online(f), f.name, uses.find(use => f.getFlag(Ci.nsMsgFolderFlags[use])) || ""]);""")
    uses = {name: use for name, _, use in seen}
    for name, use in (("INBOX", "Inbox"), ("Drafts", "Drafts"), ("Sent", "SentMail"), ("Trash", "Trash"), ("Junk", "Junk"), ("Archive", "Archive")):
        assert uses.get(name) == use, seen
    assert {"Work/2026", "Work"} < set(uses) and "Äpfel & Birnen" in [pretty for _, pretty, _ in seen], seen


def lists_messages_with_flags(rig, address, client):
    append(rig, address, 3)
    with imap(rig, address) as other:
        other.store("2", "FLAGS", "(\\Seen \\Flagged $label1)")
        other.store("3", "FLAGS", "(\\Answered $Forwarded)")
        uids = [int(uid) for uid in other.uid("SEARCH", "ALL")[1][0].split()]
    log_in(rig, address, client)
    seen = client.run(address, """
        await update("INBOX");
        return messages("INBOX").map(m => [m.messageKey, m.mime2DecodedSubject, m.author, m.date / 1000, m.isRead, m.isFlagged,
          !!(m.flags & Ci.nsMsgMessageFlags.Replied), !!(m.flags & Ci.nsMsgMessageFlags.Forwarded), m.getStringProperty("keywords")]);""")
    date = 1767258000000  # Thu, 01 Jan 2026 10:00:00 +0100 in milliseconds
    author = f"<{address}>"
    assert [[*m[:2], m[2].split()[-1], *m[3:8], "$label1" in m[8].split()] for m in seen] == [
        [uids[0], "number 0", author, date, False, False, False, False, False],
        [uids[1], "number 1", author, date, True, True, False, False, True],
        [uids[2], "number 2", author, date, False, False, True, True, False]], seen


def sets_flags(rig, address, client):
    append(rig, address, 1)
    log_in(rig, address, client)
    client.run(address, """
        const inbox = await update("INBOX"), all = messages("INBOX");
        inbox.markMessagesFlagged(all, true);
        inbox.markMessagesRead(all, true);
        inbox.addKeywordsToMessages(all, "$label2");""")
    with imap(rig, address) as other:
        r.until(lambda: flags(other) == {"\\Flagged", "\\Seen", "$label2"}, what="flags set in Thunderbird")
        client.run(address, """
            folder("INBOX").markMessagesFlagged(messages("INBOX"), false);
            folder("INBOX").removeKeywordsFromMessages(messages("INBOX"), "$label2");""")
        r.until(lambda: flags(other) == {"\\Seen"}, what="flags taken away in Thunderbird")


def makes_and_renames_a_folder(rig, address, client):
    log_in(rig, address, client)
    with imap(rig, address) as other:
        def listed(command):
            return {line.decode().split('"/" ')[1].strip('"') for line in command()[1] if line}

        client.run(address, """
            server.rootFolder.createSubfolder("Bücher", msgWindow);
            (await found("Bücher")).createSubfolder("Neu", msgWindow);
            await found("Bücher/Neu");""")
        assert {"B&APw-cher", "B&APw-cher/Neu"} <= listed(other.list) & listed(other.lsub), listed(other.lsub)
        client.run(address, """
            folder("Bücher").rename("Books", msgWindow);
            await found("Books/Neu");""")
        assert {"Books", "Books/Neu"} <= listed(other.list) & listed(other.lsub), listed(other.lsub)
        assert not [name for name in listed(other.list) | listed(other.lsub) if name.startswith("B&APw-cher")]


def copies_moves_and_deletes(rig, address, client):
    append(rig, address, 3)
    with imap(rig, address) as other:
        other.create("Work")
        other.subscribe("Work")
        other.store("2", "+FLAGS", "(\\Seen \\Flagged)")
    log_in(rig, address, client)
    client.run(address, """
        await update("INBOX");
        const put = (subject, move) => finished(listener =>
          MailServices.copy.copyMessages(folder("INBOX"), messages("INBOX", subject), folder("Work"), move, listener, msgWindow, false));
        await found("Work");
        await put("number 0", false);
        await put("number 1", true);
        await finished(listener => folder("INBOX").deleteMessages(messages("INBOX", "number 2"), msgWindow, false, false, listener, false));""")
    assert subjects(rig, address, "INBOX") == ["number 0"]
    assert subjects(rig, address, "Work") == ["number 0", "number 1"]
    assert subjects(rig, address, "Trash") == ["number 2"]
    with imap(rig, address, "Work") as other:
        assert {"\\Seen", "\\Flagged"} <= flags(other, "2"), "flags go along"
    client.run(address, """
        const trash = await update("Trash");
        await finished(listener => trash.deleteMessages(messages("Trash"), msgWindow, true, false, listener, false));
        await finished(listener => trash.compact(listener, msgWindow));""")
    assert subjects(rig, address, "Trash") == []


def searches_on_the_server(rig, address, client):
    with imap(rig, address) as other:
        for subject, body in (("one", "kestrel and heron\r\n"), ("two", "heron\r\n"), ("three", "a Kestrel\r\n")):
            other.append("INBOX", None, None, message(address, address, subject, body).encode())
    log_in(rig, address, client)
    found = client.run(address, """
        const inbox = await update("INBOX"), hits = [];
        const session = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(Ci.nsIMsgSearchSession);
        session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, inbox);
        const term = session.createTerm(), value = term.value;
        value.attrib = Ci.nsMsgSearchAttrib.Body;
        value.str = "kestrel";
        Object.assign(term, { value, attrib: value.attrib, op: Ci.nsMsgSearchOp.Contains, booleanAnd: true });
        session.appendTerm(term);
        await new Promise((resolve, reject) => {
          session.registerListener({
            QueryInterface: ChromeUtils.generateQI(["nsIMsgSearchNotify"]),
            onNewSearch() {}, onSearchHit(header) { hits.push(header.mime2DecodedSubject); },
            onSearchDone(status) { Components.isSuccessCode(status) ? resolve() : reject(new Error("status " + status.toString(16))); },
          });
          session.search(msgWindow);
        });
        return hits;""")
    assert sorted(found) == ["one", "three"], found


def hears_while_a_folder_is_open(rig, address, client):
    """IDLE: what comes, changes and goes elsewhere is seen without asking (the account has no timer for new mail)."""
    append(rig, address, 1)
    log_in(rig, address, client)
    client.run(address, """
        const inbox = await update("INBOX");
        window.gTabmail.currentAbout3Pane.displayFolder(inbox.URI);
        await until(() => window.gTabmail.currentAbout3Pane.gDBView?.rowCount == 1, "the list of messages");""")
    swaks(rig, "mx", "--from", "a@elsewhere.test", "--to", address, "--header", "Subject: news")
    client.run(address, """
        await until(() => messages("INBOX", "news").length == 1, "new mail");
        await until(() => window.gTabmail.currentAbout3Pane.gDBView.rowCount == 2, "a second row");""")
    with imap(rig, address) as other:
        other.store("2", "+FLAGS", "\\Flagged")
        client.run(address, 'await until(() => messages("INBOX", "news")[0].isFlagged, "a flag");')
        other.store("1", "+FLAGS", "\\Deleted")
        other.expunge()
        client.run(address, 'await until(() => messages("INBOX").length == 1, "the end of a message");')


def reads_what_others_share(rig, address, client):
    """A mailbox of another user in its namespace, with what one may do there."""
    owner, name = "bob@" + r.DOMAIN, "#Shared/bob@" + r.DOMAIN + "/Team"
    with imap(rig, owner) as other:
        other.create("Team")
        assert other.setacl("Team", address, "lrs")[0] == "OK"
    append(rig, owner, 2, "Team")
    with imap(rig, address) as other:
        assert other.subscribe(f'"{name}"')[0] == "OK"
    log_in(rig, address, client)
    seen = client.run(address, """
        const shared = await update(given[0]);
        shared.markMessagesRead(messages(given[0], "number 0"), true);
        return [messages(given[0]).map(m => m.mime2DecodedSubject), shared.canFileMessages, shared.canDeleteMessages,
          shared.getFlag(Ci.nsMsgFolderFlags.ImapOtherUser)];""", name)
    assert seen == [["number 0", "number 1"], False, False, True], seen
    with imap(rig, address, f'"{name}"') as other:
        r.until(lambda: flags(other) == {"\\Seen"}, what="\\Seen for the reader")
    with imap(rig, owner, "Team") as other:
        assert flags(other) == set(), "the owner has not read it"


def shows_a_message(rig, address, client):
    """A click on a row: the body is fetched, and the message is seen."""
    append(rig, address, 1, body="a kestrel over the meadow\r\n")
    log_in(rig, address, client)
    with imap(rig, address) as other:
        assert flags(other) == set()
        client.run(address, """
            const inbox = await update("INBOX"), pane = window.gTabmail.currentAbout3Pane;
            pane.displayFolder(inbox.URI);
            await until(() => pane.gFolder?.URI == inbox.URI && pane.gDBView?.rowCount == 1, "the list of messages");
            pane.threadTree.selectedIndex = 0;
            const shown = () => pane.messageBrowser.contentWindow.getMessagePaneBrowser()?.contentDocument?.body?.textContent || "";
            await until(() => shown().includes("kestrel"), "the text");""")
        r.until(lambda: "\\Seen" in flags(other), what="\\Seen")


def send(client, address, recipient):
    """Writes a message in a window of its own and sends it."""
    client.run(address, """
        const identity = MailServices.accounts.getFirstIdentityForServer(server);
        const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
        Object.assign(fields, { from: identity.email, to: given[0], subject: "Grüße from Thunderbird", body: "kestrel\\r\\n.heron\\r\\n" });
        const parameters = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
        Object.assign(parameters, { composeFields: fields, identity, type: Ci.nsIMsgCompType.New, format: Ci.nsIMsgCompFormat.PlainText });
        MailServices.compose.OpenComposeWindowWithParams(null, parameters);
        const writing = await until(() => [...Services.wm.getEnumerator("msgcompose")].find(w => w.gMsgCompose?.editor && w.gWindowReady !== false),
          "the window to write in");
        await until(() => !writing.document.getElementById("button-send").disabled, "the button");
        writing.goDoCommand("cmd_sendNow");
        await until(() => writing.closed, "the end of sending");""", recipient)


def is_whole(text):
    return "Subject: =?UTF-8?" in text and text.rstrip().endswith("\r\n\r\nkestrel\r\n.heron")


def sends_and_keeps_a_copy(rig, address, client):
    log_in(rig, address, client)
    send(client, address, "bob@" + r.DOMAIN)
    for reader, mailbox in ((address, "Sent"), ("bob@" + r.DOMAIN, "INBOX")):
        r.until(lambda: subjects(rig, reader, mailbox), what=f"a message in {mailbox}")
        text = fetch_all(rig, reader, mailbox)[0]
        assert is_whole(text), text
    with imap(rig, address, "Sent") as other:
        assert "\\Seen" in flags(other)


def sends_to_other_hosts(rig, address, client, sink):
    log_in(rig, address, client)
    send(client, address, "dora@elsewhere.test")
    taken, = r.until(lambda: sink.to("dora@elsewhere.test"), 20, "the message at the other host")
    assert taken.sender == address and is_whole(taken.text()), taken
    r.until(lambda: subjects(rig, address, "Sent"), what="a copy in Sent")


def main():
    with Sink() as sink, r.Rig(extra=sink.settings()) as rig:
        rig.start()
        with thunderbird(rig) as client:
            counts = r.run_tests(rig, [lists_mailboxes, lists_messages_with_flags, sets_flags, makes_and_renames_a_folder, copies_moves_and_deletes,
                                       searches_on_the_server, hears_while_a_folder_is_open, reads_what_others_share,
                                       shows_a_message, sends_and_keeps_a_copy], client)
            more = r.run_tests(rig, [sends_to_other_hosts], client, sink)
        return r.finish(rig, counts[0] + more[0], counts[1] + more[1])


if __name__ == "__main__":
    sys.exit(main())
