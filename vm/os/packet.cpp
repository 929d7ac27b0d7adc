#include "vm/os/packet.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/list.hpp"

namespace joist {

namespace {

std::size_t byte_at(std::string_view s, std::size_t i) { return static_cast<std::uint8_t>(s[i]); }
std::size_t big_endian(std::string_view s, std::size_t at, std::size_t n) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < n; ++i) value = value << 8 | byte_at(s, at + i);
  return value;
}

// A packet of `header` bytes and `length` more, of which the last `padding` are not delivered.
PacketExtent counted(std::string_view bytes, const PacketOptions& o, std::size_t header, std::size_t length,
                     bool deliver_header, std::size_t padding = 0) {
  constexpr std::size_t kMaxLength = 0x7fffffff;
  if (length + header > kMaxLength || (o.max_size != 0 && length > o.max_size))
    return {PacketExtent::invalid};
  const std::size_t size = header + length;
  if (bytes.size() < size) return {PacketExtent::more, size};
  return {PacketExtent::complete, size, deliver_header ? 0 : header, size - padding};
}

PacketExtent whole(std::size_t size) { return {PacketExtent::complete, size, 0, size}; }

PacketExtent find_line(std::string_view bytes, const PacketOptions& o) {
  const std::size_t at = bytes.find(o.line_delimiter);
  const bool found = at != std::string_view::npos;
  const std::size_t size = found ? at + 1 : bytes.size();
  if (o.max_size != 0 && size > o.max_size) return {PacketExtent::invalid};
  if (o.line_length != 0 && size >= o.line_length) return whole(o.line_length);
  return found ? whole(size) : PacketExtent{PacketExtent::more};
}

// A header field goes on in the next line if that starts with a blank.
PacketExtent find_http(std::string_view bytes, const PacketOptions& o, bool header_field) {
  if (header_field && (bytes.starts_with("\n") || bytes.starts_with("\r\n")))
    return whole(bytes[0] == '\n' ? 1 : 2);
  // OTP: a line length counts only where no packet size is given, and then as one. What is as long as allowed
  // and not at its end is an error.
  const std::size_t limit = o.max_size != 0 ? o.max_size : o.line_length;
  for (std::size_t from = 0;;) {
    const std::size_t at = bytes.find('\n', from);
    if (at == std::string_view::npos) {
      if (limit != 0 && bytes.size() >= limit) return {PacketExtent::invalid};
      return {PacketExtent::more};
    }
    const std::size_t size = at + 1;
    if (header_field && size < bytes.size() && size > 2 && (bytes[size] == ' ' || bytes[size] == '\t')) {
      from = size;
      continue;
    }
    if (limit != 0 && size > limit) return {PacketExtent::invalid};
    if (header_field && size == bytes.size()) return {PacketExtent::more};
    return whole(size);
  }
}

// Tag of one or several bytes, length of up to four bytes.
PacketExtent find_asn1(std::string_view b, const PacketOptions& o) {
  std::size_t at = 1;
  if (b.size() < 2) return {PacketExtent::more};
  if ((byte_at(b, 0) & 0x1f) == 0x1f) {
    while (at < b.size() && (byte_at(b, at) & 0x80)) ++at;
    ++at;
  }
  if (at >= b.size()) return {PacketExtent::more};
  std::size_t length = byte_at(b, at++);
  if (length & 0x80) {
    const std::size_t n = length & 0x7f;
    if (b.size() - at < n) return {PacketExtent::more};
    if (n > 4) return {PacketExtent::invalid};
    length = big_endian(b, at, n);
    at += n;
  }
  return counted(b, o, at, length, true);
}

constexpr std::size_t kSslV2Header = 3;
bool is_ssl_v2_hello(std::string_view b) { return (byte_at(b, 0) & 0x80) && byte_at(b, 2) == 1; }

std::size_t header_size(PacketType type) {
  switch (type) {
    case PacketType::bytes1: return 1;
    case PacketType::bytes2: return 2;
    case PacketType::bytes4:
    case PacketType::sunrm:
    case PacketType::tpkt: return 4;
    case PacketType::cdr: return 12;
    case PacketType::fcgi: return 8;
    case PacketType::ssl_tls: return 5;
    case PacketType::raw:
    case PacketType::asn1:
    case PacketType::line:
    case PacketType::http:
    case PacketType::httph:
    case PacketType::http_bin:
    case PacketType::httph_bin: return 1;
  }
  fail("a packet type that does not exist");
}

// ---- HTTP ----

const char* const kHeaderFields[] = {"Cache-Control",
                                     "Connection",
                                     "Date",
                                     "Pragma",
                                     "Transfer-Encoding",
                                     "Upgrade",
                                     "Via",
                                     "Accept",
                                     "Accept-Charset",
                                     "Accept-Encoding",
                                     "Accept-Language",
                                     "Authorization",
                                     "From",
                                     "Host",
                                     "If-Modified-Since",
                                     "If-Match",
                                     "If-None-Match",
                                     "If-Range",
                                     "If-Unmodified-Since",
                                     "Max-Forwards",
                                     "Proxy-Authorization",
                                     "Range",
                                     "Referer",
                                     "User-Agent",
                                     "Age",
                                     "Location",
                                     "Proxy-Authenticate",
                                     "Public",
                                     "Retry-After",
                                     "Server",
                                     "Vary",
                                     "Warning",
                                     "Www-Authenticate",
                                     "Allow",
                                     "Content-Base",
                                     "Content-Encoding",
                                     "Content-Language",
                                     "Content-Length",
                                     "Content-Location",
                                     "Content-Md5",
                                     "Content-Range",
                                     "Content-Type",
                                     "Etag",
                                     "Expires",
                                     "Last-Modified",
                                     "Accept-Ranges",
                                     "Set-Cookie",
                                     "Set-Cookie2",
                                     "X-Forwarded-For",
                                     "Cookie",
                                     "Keep-Alive",
                                     "Proxy-Connection"};
const char* const kMethods[] = {"OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE"};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_token(char c) {
  return c > 32 && c < 127 && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
}
void skip_blanks(std::string_view& s) {
  while (!s.empty() && is_blank(s[0])) s.remove_prefix(1);
}
std::string_view take_while(std::string_view& s, bool (*accept)(char)) {
  std::size_t n = 0;
  while (n < s.size() && accept(s[n])) ++n;
  const std::string_view taken = s.substr(0, n);
  s.remove_prefix(n);
  return taken;
}
std::string_view without_line_end(std::string_view s) {
  if (s.ends_with('\n')) s.remove_suffix(1);
  if (s.ends_with('\r')) s.remove_suffix(1);
  return s;
}
bool starts_with_any_case(std::string_view s, std::string_view lower) {
  return s.size() >= lower.size() && std::equal(lower.begin(), lower.end(), s.begin(), [](char l, char c) {
           return l == std::tolower(static_cast<unsigned char>(c));
         });
}

class HttpParser {
 public:
  HttpParser(Heap& h, bool binaries) : heap_(h), binaries_(binaries) {}

  Term first_line(std::string_view line) {
    std::string_view s = without_line_end(line);
    const Term parsed = s.starts_with("HTTP/") ? response(s) : request(s);
    return parsed.is_none() ? make_tuple(heap_, am::http_error, text(line)) : parsed;
  }

  // {http_header, Number, Name, NameAsSent, Value}
  Term header_field(std::string_view line) {
    std::string_view s = without_line_end(line);
    if (s.empty()) return am::http_eoh;
    const std::string_view name = take_while(s, is_token);
    if (!s.starts_with(':')) return make_tuple(heap_, am::http_error, text(line));
    s.remove_prefix(1);
    skip_blanks(s);
    std::string shown;  // Each-Word-Capitalised
    bool first = true;  // OTP: the second of two hyphens counts as the first letter of a word
    for (const char c : name) {
      shown += static_cast<char>(first ? std::toupper(static_cast<unsigned char>(c))
                                       : std::tolower(static_cast<unsigned char>(c)));
      first = !first && c == '-';
    }
    const auto known = std::find(std::begin(kHeaderFields), std::end(kHeaderFields), shown);
    const bool is_known = known != std::end(kHeaderFields);
    const Term number = Term::small(is_known ? known - std::begin(kHeaderFields) + 1 : 0);
    const Term name_term = is_known ? intern(shown) : text(shown);
    return make_tuple(heap_, am::http_header, number, name_term, text(name), text(s));
  }

 private:
  Term text(std::string_view s) { return binaries_ ? make_binary_copy(heap_, s) : make_byte_list(heap_, s); }

  // "HTTP/1.1" -> {1, 1}, or none().
  Term version(std::string_view& s) {
    if (!s.starts_with("HTTP/")) return Term::none();
    s.remove_prefix(5);
    const std::string_view major = take_while(s, is_digit);
    if (major.empty() || !s.starts_with('.')) return Term::none();
    s.remove_prefix(1);
    const std::string_view minor = take_while(s, is_digit);
    if (minor.empty()) return Term::none();
    return make_tuple(heap_, number(major), number(minor));
  }
  Term number(std::string_view digits) {
    std::int64_t n = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), n);
    return Term::small(n & 0xffffffff);
  }
  Term response(std::string_view s) {
    const Term v = version(s);
    if (v.is_none() || s.empty() || !is_blank(s[0])) return Term::none();
    skip_blanks(s);
    const std::string_view status = take_while(s, is_digit);
    if (status.empty()) return Term::none();
    skip_blanks(s);
    return make_tuple(heap_, am::http_response, v, number(status), text(s));
  }
  Term request(std::string_view s) {
    const std::string_view method = take_while(s, is_token);
    if (method.empty() || s.empty() || !is_blank(s[0])) return Term::none();
    skip_blanks(s);
    const std::string_view uri = take_while(s, [](char c) { return !is_blank(c); });
    if (uri.empty()) return Term::none();
    skip_blanks(s);
    Term v = make_tuple(heap_, Term::small(0), Term::small(9));
    if (!s.empty()) {
      v = version(s);
      skip_blanks(s);
      if (v.is_none() || !s.empty()) return Term::none();
    }
    const bool known = std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods);
    const Term method_term = known ? intern(method) : text(method);
    return make_tuple(heap_, am::http_request, method_term, parse_uri(uri), v);
  }
  Term parse_uri(std::string_view s) {
    if (s == "*") return intern("*");
    if (s.starts_with('/')) return make_tuple(heap_, am::abs_path, text(s));
    if (starts_with_any_case(s, "http://")) return absolute_uri(am::http, s.substr(7));
    if (starts_with_any_case(s, "https://")) return absolute_uri(am::https, s.substr(8));
    const std::size_t colon = s.find(':');
    if (colon == std::string_view::npos) return text(s);
    const Term scheme = text(s.substr(0, colon));
    return make_tuple(heap_, am::scheme, scheme, text(s.substr(colon + 1)));
  }
  // OTP: the host ends at the first ':', whatever it is; a port that is no number is undefined.
  Term absolute_uri(Term protocol, std::string_view s) {
    const std::size_t slash = std::min(s.find('/'), s.size());
    const std::string_view authority = s.substr(0, slash), path = s.substr(slash);
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    const std::string_view port = colon < authority.size() ? authority.substr(colon + 1) : "";
    const bool numeric = !port.empty() && std::all_of(port.begin(), port.end(), is_digit);
    const Term host = text(authority.substr(0, colon));
    return make_tuple(heap_, am::absoluteURI, protocol, host, numeric ? number(port) : am::undefined,
                      text(path.empty() ? "/" : path));
  }

  Heap& heap_;
  const bool binaries_;
};

// {ssl_tls, [], ContentType, {Major, Minor}, Data}; a version 2 hello is shown as the later ones.
Term parse_ssl_tls(Heap& h, std::string_view p) {
  std::string data;
  std::size_t content_type = byte_at(p, 0), version = 1;
  if (is_ssl_v2_hello(p)) {
    content_type = 22;
    version = 3;
    const std::size_t length = p.size() - kSslV2Header;
    data = {
        1,   static_cast<char>(length >> 16), static_cast<char>(length >> 8), static_cast<char>(length), p[3],
        p[4]};
  }
  data.append(p.substr(5));
  const auto small = [&](std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); };
  const Term version_term = make_tuple(h, small(byte_at(p, version)), small(byte_at(p, version + 1)));
  return make_tuple(h, am::ssl_tls, Term::nil(), small(content_type), version_term,
                    make_binary_copy(h, data));
}

}  // namespace

PacketExtent find_packet(PacketType type, std::string_view b, const PacketOptions& o) {
  const std::size_t header = header_size(type);
  if (b.size() < header) return {PacketExtent::more};
  switch (type) {
    case PacketType::raw: return whole(b.size());
    case PacketType::bytes1:
    case PacketType::bytes2:
    case PacketType::bytes4: return counted(b, o, header, big_endian(b, 0, header), false);
    case PacketType::asn1: return find_asn1(b, o);
    case PacketType::sunrm: return counted(b, o, header, big_endian(b, 0, 4) & 0x7fffffff, true);
    case PacketType::cdr: {
      if (!b.starts_with("GIOP")) return {PacketExtent::invalid};
      std::size_t length = big_endian(b, 8, 4);
      if (b[6] & 1) length = __builtin_bswap32(static_cast<std::uint32_t>(length));
      return counted(b, o, header, length, true);
    }
    case PacketType::fcgi:
      if (b[0] != 1) return {PacketExtent::invalid};
      return counted(b, o, header, big_endian(b, 4, 2) + byte_at(b, 6), true, byte_at(b, 6));
    case PacketType::tpkt: {
      const std::size_t size = big_endian(b, 2, 2);
      if (b[0] != 3 || size < header) return {PacketExtent::invalid};
      return counted(b, o, header, size - header, true);
    }
    case PacketType::line: return find_line(b, o);
    case PacketType::ssl_tls: {
      if (!is_ssl_v2_hello(b)) return counted(b, o, header, big_endian(b, 3, 2), true);
      const std::size_t length = big_endian(b, 0, 2) & 0x7fff;
      return length < kSslV2Header ? PacketExtent{PacketExtent::invalid}
                                   : counted(b, o, header, length - kSslV2Header, true);
    }
    case PacketType::http:
    case PacketType::http_bin: return find_http(b, o, false);
    case PacketType::httph:
    case PacketType::httph_bin: return find_http(b, o, true);
  }
  fail("a packet type that does not exist");
}

bool is_parsed(PacketType type) { return type >= PacketType::ssl_tls; }

Term parse_packet(Heap& h, PacketType type, std::string_view packet) {
  if (type == PacketType::ssl_tls) return parse_ssl_tls(h, packet);
  HttpParser parser(h, type == PacketType::http_bin || type == PacketType::httph_bin);
  return type == PacketType::http || type == PacketType::http_bin ? parser.first_line(packet)
                                                                  : parser.header_field(packet);
}

}  // namespace joist
