// The one table from a failure to the words of IMAP (RFC 9051 section 7.1, RFC 5530).
#pragma once

#include "posthorn/bytes/error.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

// Fixed replies of the session itself.
inline constexpr Reply kUnknownCommand{Status::bad, {}, "No such command"};
inline constexpr Reply kBadTag{Status::bad, {}, "A command starts with a tag and a name"};
inline constexpr Reply kLogInFirst{Status::bad, {}, "Log in first"};
inline constexpr Reply kLoggedInAlready{Status::bad, {}, "Logged in already"};
inline constexpr Reply kSelectFirst{Status::bad, {}, "Select a mailbox first"};
inline constexpr Reply kNoUid{Status::bad, {}, "UID does not go with this command"};
inline constexpr Reply kUidRequired{Status::bad, "UIDREQUIRED", "Message numbers are off: use UID"};
inline constexpr Reply kOnlyUid{Status::bad, {}, "This command goes with UID only"};
inline constexpr Reply kLineTooLong{Status::bad, "LIMIT", "The line is too long"};
inline constexpr Reply kCommandTooLong{Status::bad, "LIMIT", "The command is too long"};
inline constexpr Reply kLiteralTooLong{Status::bad, "LIMIT", "The literal is too long"};
inline constexpr Reply kBadLine{Status::bad, {}, "A bare CR or LF, or NUL, in a line"};
inline constexpr Reply kLoginRefused{Status::no, "AUTHENTICATIONFAILED", "Wrong name or password"};
inline constexpr Reply kNeedsTls{Status::no, "PRIVACYREQUIRED", "Use TLS first"};
inline constexpr Reply kReadOnly{Status::no, "READ-ONLY", "The mailbox is open for reading only"};
inline constexpr Reply kNoMechanism{Status::no, "CANNOT", "No such mechanism here"};
inline constexpr Reply kCancelled{Status::bad, {}, "Cancelled"};
inline constexpr Reply kBadBase64{Status::bad, {}, "Not base64"};

inline constexpr Reply kNoTlsHere{Status::bad, {}, "TLS is not on offer"};
inline constexpr Reply kBadUse{Status::no, "USEATTR", "No mailbox can have this special use"};
inline constexpr Reply kBadEvent{
    Status::no, "BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)",
    "Events of this kind are not told here"};
inline constexpr Reply kBadCharset{Status::no,
                                   "BADCHARSET (US-ASCII UTF-8 UTF-16 ISO-8859-1 ISO-8859-2 ISO-8859-5 ISO-8859-15 "
                                   "WINDOWS-1251 WINDOWS-1252 KOI8-R ISO-2022-JP SHIFT_JIS EUC-JP EUC-KR GB18030 BIG5)",
                                   "This character set is not read here"};
inline constexpr Reply kCharsetAfterUtf8{Status::bad, {}, "CHARSET does not go with UTF8=ACCEPT"};
inline constexpr Reply kTagInUse{Status::bad, {}, "Results of an older command with this tag are still updated"};
inline constexpr Reply kNoSuchSearch{Status::no, {}, "No search with this tag is updated"};
inline constexpr Reply kNothingSelected{Status::bad, {}, "No mailbox is selected"};
inline constexpr Reply kOnlySelected{Status::bad, {}, "Numbers, UIDs and SAVE go with the selected mailbox only"};
inline constexpr Reply kBadComparator{Status::no, "BADCOMPARATOR", "No such comparator here"};
inline constexpr Reply kNoLanguage{Status::no, {}, "Not in this language"};
inline constexpr Reply kExpectedDone{Status::bad, {}, "Expected DONE"};
inline constexpr Reply kBadName{Status::no, "CANNOT", "No mailbox can have this name"};
inline constexpr Reply kInboxStays{Status::no, "CANNOT", "INBOX cannot be deleted"};
inline constexpr Reply kHasChildren{Status::no, "HASCHILDREN", "There are mailboxes below it"};
inline constexpr Reply kBelowItself{Status::no, "CANNOT", "A mailbox cannot go below itself"};
inline constexpr Reply kNoResource{Status::no, "CANNOT", "No such resource is limited here"};
inline constexpr Reply kResourceTwice{Status::bad, {}, "A resource stands there twice"};
inline constexpr Reply kLimitTooLarge{Status::bad, {}, "The limit is too large"};
inline constexpr Reply kEntryRoot{Status::bad, {}, "Names of entries begin with /private/ or /shared/"};
inline constexpr Reply kTooManyEntries{Status::no, "METADATA TOOMANY", "Too many annotations"};
inline constexpr Reply kNoPrivateEntries{Status::no, "METADATA NOPRIVATE", "No private annotations here"};
inline constexpr Reply kMessageTooBig{Status::no, "TOOBIG", "The message is too big"};
inline constexpr Reply kEmptyMessage{Status::no, {}, "A message of no octets: nothing is stored"};
inline constexpr Reply kNulInMessage{Status::no, "UNKNOWN-CTE", "A message with NUL is not stored"};
inline constexpr Reply kEnableUtf8{Status::bad, {}, "Send ENABLE UTF8=ACCEPT first"};
inline constexpr Reply kCompressedAlready{Status::no, "COMPRESSIONACTIVE", "DEFLATE is active already"};
inline constexpr Reply kNoAlgorithm{Status::bad, {}, "Only DEFLATE is known here"};
inline constexpr Reply kByeDeflate{Status::bye, {}, "This is no DEFLATE"};
inline constexpr Reply kReplacedIsGone{Status::no, "EXPUNGEISSUED", "The message to be replaced is gone"};

// Why the server ends a connection.
inline constexpr Reply kByeIdle{Status::bye, {}, "Nothing was heard for too long"};
inline constexpr Reply kByeLogin{Status::bye, {}, "The login took too long"};
inline constexpr Reply kByeErrors{Status::bye, {}, "Too many errors"};
inline constexpr Reply kByeStream{Status::bye, {}, "The literal is too long to skip"};
inline constexpr Reply kByeStop{Status::bye, {}, "The server stops"};
inline constexpr Reply kByeGone{Status::bye, "UNAVAILABLE", "The selected mailbox is gone"};
inline constexpr Reply kByeLogout{Status::bye, {}, "Until next time"};

/// What a client is told of a failure. Never the note of the Error.
[[nodiscard]] Reply reply_to(const Error& error, Missing missing);

}  // namespace posthorn::imap
