// Every extension that imapflow knows, used on purpose: imapflow_extensions.js PORT USER PASSWORD
//
// Prints "STEP name" where another client is to do or to see something, and waits for a line.
const { ImapFlow } = require('imapflow');
const readline = require('node:readline').createInterface({ input: process.stdin });
const [port, user, pass] = process.argv.slice(2);

const lines = readline[Symbol.asyncIterator]();
const step = async name => {
  console.log('STEP ' + name);
  await lines.next();
};
const must = (ok, what) => {
  if (!ok) throw new Error(what);
};
const same = (got, wanted, what) => {
  const text = value => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? String(v) : v));
  if (text(got) !== text(wanted)) throw new Error(`${what}: ${text(got)} and not ${text(wanted)}`);
};

// What went over the wire, as imapflow logs it: c commands, s answers.
const wire = [];
const logger = Object.fromEntries(
  ['trace', 'debug', 'info', 'warn', 'error'].map(level => [level, entry => entry.src && wire.push(`${entry.src} ${entry.msg}`)]));
const said = pattern => wire.some(line => pattern.test(line));

const open = async options => {
  const client = new ImapFlow({
    host: 'localhost', port: +port, secure: true, tls: { rejectUnauthorized: false }, auth: { user, pass }, logger, disableAutoIdle: true, qresync: true, ...options
  });
  await client.connect();
  return client;
};

const mailboxes = async c => {
  await c.mailboxCreate('Alt/\u00dcber uns');
  await c.mailboxSubscribe('Alt/\u00dcber uns');
  must((await c.list()).some(b => b.path === 'Alt/\u00dcber uns' && b.subscribed), 'created and subscribed');
  await c.mailboxRename('Alt/\u00dcber uns', 'Neu/\u00dcber uns');
  const names = (await c.list()).map(b => b.path);
  must(names.includes('Neu/\u00dcber uns') && !names.includes('Alt/\u00dcber uns'), 'renamed');
};

const binary = async c => {
  const nul = Buffer.from('Subject: nul\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\na\0b\r\n');
  // The store keeps what RFC 5322 allows; what it refuses is told as RFC 3516 section 4.2 wants, and the session goes on.
  const refused = await c.append('Drafts', nul, ['\\Draft']).then(() => 'taken', e => e.serverResponseCode);
  same(refused, 'UNKNOWN-CTE', 'a literal8 with NUL');
  const octets = Buffer.from([...Array(3000).keys()].map(n => n % 256));
  const mail = 'Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n' +
    'Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n' + octets.toString('base64').replace(/(.{76})/g, '$1\r\n') + '\r\n--b--\r\n';
  await c.append('Drafts', mail, [], new Date('2026-02-03T04:05:06Z'));
  await c.mailboxOpen('Drafts');
  const found = await c.fetchOne('1', { bodyParts: ['2'], internalDate: true, bodyStructure: true }, { uid: true, binary: true });
  must(found.binaryParts && found.binaryParts.has('2'), 'BINARY was answered');
  must(found.bodyParts.get('2').equals(octets), 'BINARY decodes');
  same(found.internalDate, new Date('2026-02-03T04:05:06Z'), 'INTERNALDATE');
  same(found.bodyStructure.childNodes[1].disposition, undefined, 'BODYSTRUCTURE');
  must(found.emailId, 'EMAILID');
};

// What changed while nobody looked: by QRESYNC with SELECT, by CHANGEDSINCE, and what UNCHANGEDSINCE refuses.
const resync = async c => {
  const before = await c.mailboxOpen('INBOX');
  const { uidValidity, highestModseq } = before;
  must(highestModseq > 0n && before.exists === 6, 'HIGHESTMODSEQ');
  await c.mailboxClose();
  await step('change');
  const flags = [];
  const expunged = [];
  c.on('flags', e => flags.push([e.uid, [...e.flags].filter(f => f !== '\\Recent').sort()]));
  c.on('expunge', e => expunged.push([e.uid, e.vanished, e.earlier]));
  const after = await c.mailboxOpen('INBOX', { changedSince: highestModseq, uidValidity });
  must(after.qresync, 'QRESYNC');
  same(expunged, [[2, true, true], [4, true, true]], 'VANISHED (EARLIER)');
  same(flags.filter(([uid]) => uid < 7), [[1, ['\\Flagged']]], 'changed flags');
  must(after.exists === 5 && after.highestModseq > highestModseq, 'after the change');
  c.removeAllListeners('flags').removeAllListeners('expunge');
  const changed = await c.fetchAll('1:*', { flags: true }, { uid: true, changedSince: highestModseq });
  same(changed.map(m => m.uid), [1, 7], 'CHANGEDSINCE');
  must(changed.every(m => m.modseq > highestModseq), 'MODSEQ');
  await c.messageFlagsAdd('3', ['$Early'], { uid: true, unchangedSince: after.highestModseq });
  await c.messageFlagsAdd('3', ['$Late'], { uid: true, unchangedSince: highestModseq });
  must(said(/^s .*\[MODIFIED 3\]/), 'MODIFIED');
  await step('refused_store');
};

const idle = async c => {
  const hear = (name, event) => new Promise(resolve => c.once(event, resolve)).then(e => e, e => { throw new Error(name + e); });
  for (const [name, event, right] of [['deliver', 'exists', e => e.count === 6], ['flag', 'flags', e => e.flags.has('\\Answered') && e.modseq > 0n],
    ['expunge', 'expunge', e => e.uid === 3 && e.vanished && !e.earlier]]) {
    const idling = c.idle();
    const heard = hear(name, event);
    await new Promise(resolve => setTimeout(resolve, 200));
    await step(name);
    const e = await heard;
    // STORE \Deleted comes before the expunge as a change of flags; only the event asked for counts.
    must(right(e), `IDLE, ${name}: ${[...(e.flags || [])]} ${e.count} ${e.uid}`);
    await c.noop();
    await idling;
  }
};

const search = async c => {
  const uids = query => c.search(query, { uid: true });
  same(await uids({ subject: 'number' }), [1, 5, 6], 'SUBJECT');
  same(await uids({ or: [{ subject: 'number 5' }, { subject: 'while away' }] }), [6, 7], 'OR');
  same(await uids({ not: { subject: 'number' } }), [7, 8], 'NOT');
  same(await uids({ flagged: true }), [1], 'FLAGGED');
  same(await uids({ header: { 'message-id': '@test' }, smaller: 100000, since: new Date('2020-01-01') }), [1, 5, 6, 7, 8], 'HEADER SMALLER SINCE');
  same(await uids({ sentOn: new Date('2026-01-01T12:00:00Z'), uid: '5:*' }), [5, 6, 7, 8], 'SENTON UID');
  same(await uids({ body: 'text', unKeyword: '$Never' }), [1, 5, 6], 'BODY');
  same(await uids({ modseq: c.mailbox.highestModseq }), [8].filter(() => false), 'MODSEQ of the future');
  const one = await c.fetchOne('5', { envelope: true }, { uid: true });
  same(await uids({ emailId: one.emailId }), [5], 'EMAILID');
  const counted = await c.search({ subject: 'number' }, { uid: true, returnOptions: ['MIN', 'MAX', 'COUNT', 'ALL'] });
  same([counted.min, counted.max, counted.count, counted.all], [1, 6, 3, '1,5:6'], 'ESEARCH');
  const partial = await c.search({ all: true, subject: 'number' }, { uid: true, returnOptions: [{ partial: '-1:-2' }] });
  same(partial.partial.messages, '5:6', 'PARTIAL');
};

(async () => {
  const c = await open();
  must(c._inflate && said(/^c .*COMPRESS DEFLATE/), 'COMPRESS=DEFLATE');
  for (const name of ['CONDSTORE', 'QRESYNC', 'UTF8=ACCEPT', 'IMAP4REV2']) must([...c.enabled].some(e => e.toUpperCase() === name), 'ENABLE ' + name);
  await mailboxes(c);
  await binary(c);
  await resync(c);
  await idle(c);
  await search(c);
  const moved = await c.messageMove('5:6', 'Neu/\u00dcber uns', { uid: true });
  same([...moved.uidMap], [[5, 1], [6, 2]], 'COPYUID of MOVE');
  await step('moved');
  const quota = await c.getQuota('INBOX');
  same([quota.storage.limit, quota.message.limit], [50 * 1024 * 1024, 1000], 'QUOTA');
  must(quota.storage.usage > 0 && quota.message.usage === 6, `usage ${JSON.stringify(quota)}`);
  const status = await c.status('INBOX', { messages: true, uidNext: true, uidValidity: true, unseen: true, highestModseq: true, size: true });
  same([status.messages, status.uidNext, status.unseen], [3, 9, 3], 'STATUS');
  must(status.highestModseq === c.mailbox.highestModseq || status.highestModseq > 0n, 'HIGHESTMODSEQ of STATUS');
  await c.mailboxDelete('Neu/\u00dcber uns');
  await c.mailboxDelete('Neu');
  await c.mailboxDelete('Alt');
  await step('gone');
  await c.logout();
  // The same in modified UTF-7, without ENABLE.
  const plain = await open({ disableAutoEnable: true, disableCompression: true, qresync: false });
  await plain.mailboxCreate('\u65e5\u672c\u8a9e & more');
  must((await plain.list()).some(b => b.path === '\u65e5\u672c\u8a9e & more'), 'a name in modified UTF-7');
  must(said(/&ZeVnLIqe- &- more/), 'the name on the wire');
  await plain.mailboxDelete('\u65e5\u672c\u8a9e & more');
  await plain.logout();
  process.exit(0);
})().catch(e => {
  console.error(e, wire.slice(-30).join('\n'));
  process.exit(1);
});
