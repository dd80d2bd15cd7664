#include "vm/status_text.hpp"

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <span>

namespace braid::vm::status {
namespace {

struct Range {
  char32_t first, last;
};

// Of Unicode's East Asian Width: W and F.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x23F0, 0x23F0},   {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},   {0x26A1, 0x26A1},
    {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},
    {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
    {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},   {0x27BF, 0x27BF},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x3029},
    {0x302E, 0x303E},   {0x3041, 0x3098},   {0x309B, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},
    {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18DFF}, {0x1AFF0, 0x1B2FF},
    {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A},
    {0x1F200, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393},
    {0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4},
    {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440}, {0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D},
    {0x1F54B, 0x1F54E}, {0x1F550, 0x1F567}, {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596},
    {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC},
    {0x1F6D0, 0x1F6D2}, {0x1F6D5, 0x1F6D7}, {0x1F6DC, 0x1F6DF}, {0x1F6EB, 0x1F6EC},
    {0x1F6F4, 0x1F6FC}, {0x1F7E0, 0x1F7EB}, {0x1F7F0, 0x1F7F0}, {0x1F90C, 0x1F93A},
    {0x1F93C, 0x1F945}, {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

// What is drawn onto the character before it, and what is not drawn.
constexpr Range kZero[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},  {0x05BF, 0x05BF},
                           {0x05C1, 0x05C2}, {0x05C4, 0x05C5}, {0x0610, 0x061A},  {0x064B, 0x065F},
                           {0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x06DF, 0x06E4},  {0x0900, 0x0902},
                           {0x093C, 0x093C}, {0x0941, 0x0948}, {0x094D, 0x094D},  {0x0E31, 0x0E31},
                           {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1160, 0x11FF},  {0x1AB0, 0x1AFF},
                           {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E},  {0x2060, 0x2064},
                           {0x20D0, 0x20F0}, {0x302A, 0x302D}, {0x3099, 0x309A},  {0xFE00, 0xFE0F},
                           {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0001, 0xE01EF}};

bool is_in(std::span<const Range> ranges, char32_t code) noexcept {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), code,
                       [](char32_t c, const Range& range) { return c < range.first; });
  return after != ranges.begin() && code <= std::prev(after)->last;
}

int width_of(char32_t code) noexcept {
  if (code < 0x300) return 1;
  if (is_in(kZero, code)) return 0;
  return is_in(kWide, code) ? 2 : 1;
}

struct Character {
  char32_t code;  // kInvalid: the byte begins no character
  std::size_t size;
};
constexpr char32_t kInvalid = 0xFFFFFFFF;

Character first_character(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || size > text.size()) return {kInvalid, 1};
  char32_t code = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80) return {kInvalid, 1};
    code = code << 6 | (byte & 0x3FU);
  }
  return {code, size};
}

bool is_control(char32_t code) noexcept { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

// Does the terminal understand UTF-8, by the words of the environment?
bool speaks_utf8() noexcept {
  static const bool answer = [] {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
      const char* value = std::getenv(name);
      if (value == nullptr || *value == '\0') continue;
      return strcasestr(value, "utf-8") != nullptr || strcasestr(value, "utf8") != nullptr;
    }
    return false;
  }();
  return answer;
}

constexpr double kMostSeconds = 1e9;

// A short text, cut to its room.
struct Short {
  [[gnu::format(printf, 2, 3)]] explicit Short(const char* format, ...) noexcept {
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
  }
  [[nodiscard]] int columns() const noexcept { return static_cast<int>(std::strlen(text)); }

  char text[128];
};

// [h:]mm:ss
Short duration(double seconds) noexcept {
  if (!(seconds < kMostSeconds)) return Short("?");
  const auto all = static_cast<long>(seconds);
  if (all < 3600) return Short("%02ld:%02ld", all / 60, all % 60);
  return Short("%ld:%02ld:%02ld", all / 3600, all / 60 % 60, all % 60);
}

Short number(double value) noexcept {
  const bool is_whole = value == std::floor(value) && std::fabs(value) < 1e15;
  return Short(is_whole ? "%.0f" : "%.6g", value);
}

Short speed(double count, double seconds) noexcept {
  if (!(count > 0) || !(seconds > 0)) return Short("?it/s");
  const double rate = count / seconds;
  return rate < 1 ? Short("%5.2fs/it", 1 / rate) : Short("%5.2fit/s", rate);
}

void put_meter(Writer& writer, double part, int columns) noexcept {
  constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const bool fine = speaks_utf8();
  const auto eighths = static_cast<int>(part * columns * 8);
  int column = 0;
  for (; column < eighths / 8; ++column) writer.put(fine ? "█" : "#");
  if (fine && eighths % 8 != 0) writer.put(kEighths[eighths % 8]), ++column;
  for (; column < columns; ++column) writer.put(" ");
}

// The description, as much of it as leaves `rest` columns.
void put_description(Writer& writer, std::string_view text, int rest) noexcept {
  constexpr std::string_view kColon = ": ";
  const int columns = writer.columns_left();
  const int room = columns - rest - static_cast<int>(kColon.size());
  if (text.empty() || room < 1) return;
  writer.begin_line(room);
  writer.put(text);
  writer.begin_line(columns - room + writer.columns_left());
  writer.put(kColon);
}

void put_count(Writer& writer, const Line& line, double seconds) noexcept {
  const Short text("%sit [%s, %s]", number(line.count).text, duration(seconds).text,
                   speed(line.count, seconds).text);
  put_description(writer, line.text, text.columns());
  writer.put(text.text);
}

void put_bar(Writer& writer, const Line& line) noexcept {
  const double seconds = static_cast<double>(line.elapsed) * 1e-9;
  if (line.total <= 0 || line.count > line.total) return put_count(writer, line, seconds);
  const double part = std::max(0.0, line.count / line.total);
  const double left = part > 0 ? seconds / part * (1 - part) : kMostSeconds;
  const Short percent("%3d%%", static_cast<int>(part * 100));
  const Short numbers(" %s/%s", number(line.count).text, number(line.total).text);
  const Short times("%s<%s", duration(seconds).text, duration(left).text);
  // Where it is narrow, the description goes before the rate, and that before the times.
  const int description = column_after(line.text, 0, INT_MAX);
  const int wanted = percent.columns() + std::min(description + 2, writer.columns_left() / 3);
  Short stats("%s [%s, %s]", numbers.text, times.text, speed(line.count, seconds).text);
  if (wanted + stats.columns() > writer.columns_left()) {
    stats = Short("%s [%s]", numbers.text, times.text);
  }
  if (wanted + stats.columns() > writer.columns_left()) stats = numbers;
  put_description(writer, line.text, percent.columns() + stats.columns());
  writer.put(percent.text);
  const int meter = writer.columns_left() - stats.columns() - 2;
  if (meter > 0) {
    writer.put("|");
    put_meter(writer, part, meter);
    writer.put("|");
  }
  writer.put(stats.text);
}

constexpr runtime::Nanos kFrame = runtime::kNanosPerSecond / 10;

}  // namespace

void Writer::put(std::string_view text) noexcept {
  while (!text.empty() && !left_out_) {
    const Character character = first_character(text);
    std::string_view drawn = text.substr(0, character.size);
    text.remove_prefix(character.size);
    if (character.code == kInvalid) drawn = "?";
    if (is_control(character.code)) drawn = " ";
    const int width = drawn.size() == 1 ? 1 : width_of(character.code);
    if (width > columns_) {
      left_out_ = true;
      return;
    }
    columns_ -= width;
    put_raw(drawn);
  }
}

void Writer::put_raw(std::string_view text) noexcept {
  if (text.size() > static_cast<std::size_t>(end_ - at_)) return;
  std::memcpy(at_, text.data(), text.size());
  at_ += text.size();
}

void put_line(Writer& writer, const Line& line) noexcept {
  if (!line.spins) return put_bar(writer, line);
  constexpr std::string_view kFrames = "|/-\\";
  writer.put(kFrames.substr(static_cast<std::size_t>(line.elapsed / kFrame) % kFrames.size(), 1));
  if (line.text.empty()) return;
  writer.put(" ");
  writer.put(line.text);
}

int column_after(std::string_view output, int column, int columns) noexcept {
  constexpr int kTab = 8;
  while (!output.empty()) {
    const Character character = first_character(output);
    output.remove_prefix(character.size);
    switch (character.code) {
      case '\n':
      case '\r': column = 0; continue;
      case '\t': column = std::min((column / kTab + 1) * kTab, columns - 1); continue;
      case '\b': column = std::max(column - 1, 0); continue;
      case 0x1B: {  // ESC [ ... up to a letter
        if (output.empty() || output[0] != '[') continue;
        const auto last =
            std::find_if(output.begin() + 1, output.end(), [](char c) { return c >= 0x40; });
        output.remove_prefix(
            std::min(static_cast<std::size_t>(last - output.begin()) + 1, output.size()));
        continue;
      }
      default: break;
    }
    if (is_control(character.code)) continue;
    const int width = character.code == kInvalid ? 1 : width_of(character.code);
    column = column + width > columns ? width : column + width;
  }
  return column;
}

}  // namespace braid::vm::status
