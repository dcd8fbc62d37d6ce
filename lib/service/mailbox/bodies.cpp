#include "service/mailbox/bodies.h"

#include <algorithm>
#include <utility>

namespace posthorn::mailbox {

namespace {

// How long one encapsulation serves, and for how many messages: so much mail can be opened by who reads the memory of
// this process at the wrong moment, beyond the mail that passes through it then.
constexpr Duration kSealerAge = std::chrono::seconds(60);
constexpr std::uint32_t kSealerMessages = 1024;

/// The sizes of sealed summaries are multiples of this, so that they tell little about the lengths of header lines.
constexpr std::size_t kSummaryStep = 256;

class PlainWriter : public BodyWriter {
 public:
  explicit PlainWriter(std::unique_ptr<store::BlobWriter> blob) : blob_(std::move(blob)) {}
  Result<void> append(View octets) override {
    octets_ += octets.size();
    summary_.feed(octets);
    return blob_->append(octets);
  }
  Result<Body> finish() override {
    return map(blob_->finish(), [&](BlobId blob) { return Body{blob, octets_, {}, 0, summary_.finish()}; });
  }

 private:
  std::unique_ptr<store::BlobWriter> blob_;
  imap::SummaryBuilder summary_;
  std::uint64_t octets_ = 0;
};

class SealedWriter : public BodyWriter {
 public:
  SealedWriter(std::unique_ptr<store::BlobWriter> blob, std::shared_ptr<vault::Sealer> sealer, const Sealing& sealing,
               std::shared_ptr<DigestBuilders> builders)
      : blob_(std::move(blob)),
        sealer_(std::move(sealer)),
        builders_(std::move(builders)),
        digest_(builders_->take()),
        padding_(sealing.pad_sizes ? vault::Padding::classes : vault::Padding::none),
        message_(*sealer_, *sealing.random, padding_) {}

  Result<void> append(View octets) override {
    message_.feed(octets, content_);
    digest_.feed(octets);
    summary_.feed(octets);
    return flush();
  }
  Result<Body> finish() override {
    Body body;
    Result<std::string> capsule = message_.finish(content_);
    if (!capsule) return fail(std::move(capsule.error()));
    body.capsule = std::move(*capsule);
    const std::string digest = message_.seal_derived(vault::Derived::search_digest, digest_.finish());
    builders_->give_back(std::move(digest_));
    content_ += digest;
    body.digest = static_cast<std::uint32_t>(digest.size());
    if (std::string summary = summary_.finish(); !summary.empty()) {
      summary.resize((summary.size() + kSummaryStep - 1) / kSummaryStep * kSummaryStep);
      body.summary = message_.seal_derived(vault::Derived::outline, summary);
    }
    if (Result<void> flushed = flush(); !flushed) return fail(std::move(flushed.error()));
    const Result<BlobId> blob = blob_->finish();
    if (!blob) return fail(blob.error());
    body.blob = *blob;
    const bool padded = padding_ == vault::Padding::classes;
    body.octets = padded ? vault::padded_octets(message_.octets()) : message_.octets();
    return body;
  }

 private:
  Result<void> flush() {
    if (content_.empty()) return {};
    Result<void> written = blob_->append(content_);
    content_.clear();
    return written;
  }

  std::unique_ptr<store::BlobWriter> blob_;
  const std::shared_ptr<vault::Sealer> sealer_;
  const std::shared_ptr<DigestBuilders> builders_;
  imap::SearchDigestBuilder digest_;
  imap::SummaryBuilder summary_;
  const vault::Padding padding_;
  vault::MessageSealer message_;
  std::string content_;
};

}  // namespace

imap::SearchDigestBuilder DigestBuilders::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return {};
  imap::SearchDigestBuilder builder = std::move(idle_.back());
  idle_.pop_back();
  return builder;
}

void DigestBuilders::give_back(imap::SearchDigestBuilder builder) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMost) idle_.push_back(std::move(builder));
}

// --- reading

Result<void> Reader::open(const Body& body) {
  if (has_open(body.blob)) return {};
  open_.reset();
  if (keys_ == nullptr) return fail(vault::sealed_error("this login opens no sealed mail"));
  Result<vault::OpenedMessage> opened = vault::OpenedMessage::open(*keys_, body.capsule);
  if (!opened) return fail(std::move(opened.error()));
  // Clients and counters go by the row: the size of the message, or its class where it is padded.
  const bool told = vault::content_octets(body.octets) == opened->content_octets() || body.octets == opened->octets();
  if (!told) return fail(environment_error(Code::corrupt, "the capsule tells another size"));
  open_.emplace(std::move(*opened));
  digest_.reset();
  digest_octets_ = body.digest;
  blob_ = body.blob;
  return {};
}

View Reader::digest_of_open() {
  if (digest_) return *digest_;
  digest_.emplace();
  if (digest_octets_ == 0) return *digest_;
  const Result<std::string> sealed = partition_.read_blob(blob_, open_->content_octets(), digest_octets_);
  if (!sealed) return *digest_;
  if (auto digest = open_->open_derived(vault::Derived::search_digest, *sealed)) digest_ = std::move(*digest);
  return *digest_;
}

std::string Reader::summary_of_open(View sealed) {
  auto summary = open_->open_derived(vault::Derived::outline, sealed);
  return summary ? std::move(*summary) : std::string();
}

Result<std::string> Reader::read_open(std::uint64_t offset, std::uint64_t count) {
  const std::uint64_t end = open_->content_octets();
  return open_->read(offset, count, [&](std::uint64_t from, std::uint64_t octets) {
    return partition_.read_blob(blob_, from, std::min(octets, end - std::min(from, end)));
  });
}

Result<std::string> Reader::read(const Body& body, std::uint64_t offset, std::uint64_t count) {
  if (body.capsule.empty()) return read_plain(body.blob, offset, count);
  if (Result<void> opened = open(body); !opened) return fail(std::move(opened.error()));
  return read_open(offset, count);
}

// --- writing

Result<vault::Setting> Bodies::setting() const {
  if (sealing_.settings == nullptr) return vault::Setting();
  Result<vault::Setting> setting = sealing_.settings->setting(account_.value());
  // Whatever is wrong there: mail that cannot be sealed now must wait, never be stored plain.
  if (!setting) return fail(environment_error(Code::unavailable, "no sealing setting: " + setting.error().note));
  if (setting->state == vault::State::on && !setting->key) {
    return fail(environment_error(Code::unavailable, "the mailbox is sealed and has no key"));
  }
  return setting;
}

Result<std::shared_ptr<vault::Sealer>> Bodies::sealer(const vault::PublicKey& key) {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.now();
  const bool good = sealer_ && sealer_->key() == key && now < sealer_until_ && sealer_messages_ < kSealerMessages;
  if (good) {
    ++sealer_messages_;
    return sealer_;
  }
  sealer_.reset();
  Result<vault::Sealer> fresh = vault::Sealer::begin(key, *sealing_.random);
  if (!fresh) return fail(environment_error(Code::unavailable, "the mailbox's key is none: " + fresh.error().note));
  sealer_ = std::make_shared<vault::Sealer>(std::move(*fresh));
  sealer_until_ = now + kSealerAge;
  sealer_messages_ = 1;
  return sealer_;
}

Result<std::unique_ptr<BodyWriter>> Bodies::write() {
  const Result<vault::Setting> now = setting();
  if (!now) return fail(now.error());
  return write(*now);
}

Result<std::unique_ptr<BodyWriter>> Bodies::write(const vault::Setting& setting) {
  Result<std::unique_ptr<store::BlobWriter>> blob = partition_.write_blob();
  if (!blob) return fail(std::move(blob.error()));
  if (setting.state != vault::State::on) return std::make_unique<PlainWriter>(std::move(*blob));
  Result<std::shared_ptr<vault::Sealer>> sealer = this->sealer(*setting.key);
  if (!sealer) return fail(std::move(sealer.error()));
  return std::make_unique<SealedWriter>(std::move(*blob), std::move(*sealer), sealing_, builders_);
}

Result<void> Bodies::report_reprocessed(const vault::Setting& followed) const {
  if (sealing_.settings == nullptr) return {};
  return sealing_.settings->reprocessed(account_.value(), followed);
}

void forget_unkept(store::Partition& partition, const std::vector<BlobId>& blobs) {
  store::Batch batch;
  for (const BlobId blob : blobs) {
    // A commit that seemed to fail may have kept it: then it can be read.
    const Result<std::string> kept = partition.read_blob(blob, 0, 1);
    if (!kept && kept.error().code == Code::not_found) batch.drop(blob);
  }
  if (!batch.empty()) static_cast<void>(partition.commit(batch, store::Durability::relaxed));
}

bool same_storage(const vault::Setting& a, const vault::Setting& b) { return a.state == b.state && a.key == b.key; }

bool differs(const MessageRow& row, const vault::Setting& setting) {
  if (setting.state == vault::State::pending) return false;
  return row.capsule.empty() == (setting.state == vault::State::on);
}

std::uint64_t exact_octets(const MessageRow& row, const vault::OpenKeys* keys) {
  if (row.capsule.empty() || keys == nullptr) return row.octets;
  const Result<vault::CapsuleFacts> facts = vault::capsule_facts(row.capsule);
  if (!facts || !facts->padded) return row.octets;
  const Result<vault::OpenedMessage> opened = vault::OpenedMessage::open(*keys, row.capsule);
  return opened ? opened->octets() : row.octets;
}

Body body_of(const MessageRow& row) { return {row.blob, row.octets, row.capsule, row.digest, {}}; }

}  // namespace posthorn::mailbox
