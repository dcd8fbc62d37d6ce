#include "posthorn/service/reports/unpack.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <minizip/unzip.h>

#include "posthorn/bytes/codec/gzip.h"

namespace posthorn::reports {

namespace {

constexpr View kGzip = "\x1F\x8B";
constexpr View kZip = "PK\x03\x04";
constexpr int kMostEntries = 16;  // folders before the first file
constexpr std::size_t kPiece = 16'384;

/// The archive as minizip reads it.
struct Source {
  View octets;
  std::size_t at = 0;
};
Source& source_of(voidpf stream) { return *static_cast<Source*>(stream); }

uLong read(voidpf, voidpf stream, void* buffer, uLong size) {
  Source& source = source_of(stream);
  const View piece = source.octets.substr(source.at, size);
  if (!piece.empty()) std::memcpy(buffer, piece.data(), piece.size());
  source.at += piece.size();
  return piece.size();
}

long seek(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
  Source& source = source_of(stream);
  const std::size_t base = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                           : origin == ZLIB_FILEFUNC_SEEK_CUR ? source.at
                                                              : source.octets.size();
  // An offset may be negative: it wraps around.
  const std::size_t to = base + offset;
  if (to > source.octets.size()) return -1;
  source.at = to;
  return 0;
}

zlib_filefunc64_def functions(Source& source) {
  zlib_filefunc64_def io{};
  io.opaque = &source;
  io.zopen64_file = [](voidpf opaque, const void*, int) { return opaque; };
  io.zread_file = read;
  io.ztell64_file = [](voidpf, voidpf stream) -> ZPOS64_T { return source_of(stream).at; };
  io.zseek64_file = seek;
  io.zclose_file = [](voidpf, voidpf) { return 0; };
  io.zerror_file = [](voidpf, voidpf) { return 0; };
  return io;
}

Error broken() { return peer_error(Code::syntax, "a zip archive"); }

Result<std::string> read_entry(unzFile archive, std::size_t most) {
  std::string out;
  std::array<char, kPiece> piece;
  for (;;) {
    const int made = unzReadCurrentFile(archive, piece.data(), static_cast<unsigned>(piece.size()));
    if (made < 0) return fail(broken());
    if (static_cast<std::size_t>(made) > most - out.size())
      return fail(peer_error(Code::too_long, "a file in a zip archive"));
    out.append(piece.data(), static_cast<std::size_t>(made));
    if (made > 0) continue;
    if (unzCloseCurrentFile(archive) != UNZ_OK) return fail(broken());  // the checksum is wrong
    return out;
  }
}

Result<std::string> unzip(View octets, std::size_t most) {
  Source source{octets};
  zlib_filefunc64_def io = functions(source);
  const std::unique_ptr<void, int (*)(unzFile)> archive(unzOpen2_64(nullptr, &io), unzClose);
  if (!archive) return fail(broken());
  int found = unzGoToFirstFile(archive.get());
  for (int i = 0; i < kMostEntries && found == UNZ_OK; ++i, found = unzGoToNextFile(archive.get())) {
    unz_file_info64 info{};
    std::array<char, 256> name{};
    if (unzGetCurrentFileInfo64(archive.get(), &info, name.data(), name.size() - 1, nullptr, 0, nullptr, 0) != UNZ_OK)
      break;
    if (View(name.data()).ends_with('/')) continue;
    constexpr uLong kEncrypted = 1;
    if ((info.flag & kEncrypted) != 0 || unzOpenCurrentFile(archive.get()) != UNZ_OK) break;
    return read_entry(archive.get(), most);
  }
  return fail(broken());
}

}  // namespace

Result<std::string> unpack(View attachment, std::size_t most) {
  if (attachment.starts_with(kGzip)) return codec::gunzip(attachment, most);
  if (attachment.starts_with(kZip)) return unzip(attachment, most);
  if (attachment.size() > most) return fail(peer_error(Code::too_long, "a report"));
  return own(attachment);
}

}  // namespace posthorn::reports
