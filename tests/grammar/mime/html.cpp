#include "posthorn/grammar/mime/html.h"

#include <chrono>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/utf8.h"

using namespace posthorn;

namespace {
std::string text(View html) { return mime::html_to_text(html); }
std::string repeated(View text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}
}  // namespace

TEST_CASE("html: white space is collapsed as browsers do") {
  CHECK(text("") == "");
  CHECK(text("  hello \r\n\t world  ") == "hello world");
  CHECK(text("a<b>b</b>c <i> d</i> e") == "abc d e");
  CHECK(text("<div> a </div> <div> b </div>") == "a\nb");
  CHECK(text("a&nbsp;&nbsp;b&nbsp;") == "a  b");
  CHECK(text("in\xC2\xADvis\xE2\x80\x8Bible") == "invisible");
  CHECK(text("a<!-- x > y -->b<!---->c<!-->d") == "abcd");
}

TEST_CASE("html: paragraphs and lines") {
  CHECK(text("<p>one</p><p>two</p>") == "one\n\ntwo");
  CHECK(text("<p>one<p>two<p>three") == "one\n\ntwo\n\nthree");
  CHECK(text("<h1>Title</h1>text") == "Title\n\ntext");
  CHECK(text("one<br>two<br/>three") == "one\ntwo\nthree");
  CHECK(text("one<br><br>two") == "one\n\ntwo");
  CHECK(text("<div>one</div><div><br></div><div>two</div>") == "one\n\ntwo");
  CHECK(text("<div>one<br></div><div>two</div>") == "one\ntwo");
  CHECK(text("<div><div><div>one</div></div>two</div>") == "one\ntwo");
  CHECK(text("one<hr>two") == "one\n----------\ntwo");
  CHECK(text("one</br>two") == "one\ntwo");
}

TEST_CASE("html: entities") {
  CHECK(text("&lt;b&gt; &amp;amp; &quot;&#228;&#xE4;&eacute;&notit; &copy &#0;&#xD800;") ==
        "<b> &amp; \"\xC3\xA4\xC3\xA4\xC3\xA9\xC2\xACit; \xC2\xA9 \xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(text("1 < 2 <3 a<1") == "1 < 2 <3 a<1");
  CHECK(text("AT&T") == "AT&T");
}

TEST_CASE("html: what is not shown") {
  CHECK(text("<head><title>t</title><style>p{}</style><meta charset=x></head><body>a") == "a");
  CHECK(text("a<script>if (1 < 2) document.write('<p>x</p>')</script>b") == "ab");
  CHECK(text("a<style>b</STYLE >c") == "ac");
  CHECK(text("a<script>b</scripted>c") == "a");
  CHECK(text("a<p hidden>b</p>c") == "ac");
  CHECK(text("a<span style=\"color:red; DISPLAY : none\">b<b>c</b></span>d") == "ad");
  CHECK(text("a<div style='display:none'>b<div>c</div></div>d") == "ad");
  CHECK(text("a<span style='visibility:hidden'>b</span>c") == "ac");
  CHECK(text("a<span style='x-display:none'>b</span>c") == "abc");
  CHECK(text("a<svg><text>b</text></svg>c<template>d</template>e") == "ace");
  CHECK(text("<!DOCTYPE html><?xml version='1.0'?><![if !mso]>a<![endif]><!--[if mso]><p>b<![endif]-->") == "a");
  CHECK(text("a<!-- never closed") == "a");
}

TEST_CASE("html: lists") {
  CHECK(text("a<ul><li>one<li>two</ul>b") == "a\n\n* one\n* two\n\nb");
  CHECK(text("<ol><li>one</li><li>two</li></ol>") == "1. one\n2. two");
  CHECK(text("<ol start=9><li>one</li><li>two<br>lines</li></ol>") == "9. one\n10. two\n    lines");
  CHECK(text("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>") == "* a\n  * b\n* c");
  CHECK(text("<ol start=99999999999><li>a</ol>") == "1. a");
  CHECK(text("<dl><dt>term<dd>meaning<dd>other</dl>") == "term\n  meaning\n  other");
  CHECK(text("<li>alone") == "* alone");
}

TEST_CASE("html: tables") {
  CHECK(text("<table><tr><td>a</td><td>b</td></tr><tr><th>c<td>d</table>") == "a\tb\nc\td");
  CHECK(text("<table><tr><td>&nbsp;<td>a<td> <td>b</table>") == "a\tb");
  CHECK(text("<table><tr><td><table><tr><td>a</table><td>b</table>c") == "a\nb\nc");
  CHECK(text("<table><caption>t</caption><tbody><tr><td>a") == "t\na");
  CHECK(text("<table>before<tr><td>a</table>") == "before\na");
}

TEST_CASE("html: links") {
  CHECK(text("see <a href=\"https://example.org/x?a=1&amp;b=2\">this page</a>.") ==
        "see this page <https://example.org/x?a=1&b=2>.");
  CHECK(text("<a href='https://example.org/'>example.org</a>") == "example.org");
  CHECK(text("<a href='https://example.org/'>https://example.org</a>") == "https://example.org");
  CHECK(text("<a href=mailto:a@b.example>a@b.example</a>") == "a@b.example");
  CHECK(text("<a href='#top'>up</a> <a href='javascript:x()'>y</a> <a name=z>z</a> <a href=''>w</a>") == "up y z w");
  CHECK(text("<a href=http://x.example/><img src=y></a>a") == "a");
  CHECK(text("<a href=http://x.example/><img alt=Logo></a>") == "Logo <http://x.example/>");
  CHECK(text("<a href=' http://x.ex\nample/<a>'>a</a>") == "a <http://x.example/%3Ca%3E>");
  CHECK(text("<a href=http://x.example/><p>a</p></a>b") == "a <http://x.example/>\n\nb");
  CHECK(text("<a href=http://1.example/>a<a href=http://2.example/>b</a>") ==
        "a <http://1.example/>b <http://2.example/>");
  CHECK(mime::html_to_text("<a href=http://x.example/>a</a>", {.link_targets = false}) == "a");
}

TEST_CASE("html: pictures, quotes, text that is set") {
  CHECK(text("a <img src=x alt='the &quot;logo&quot;'> b<img src=pixel>") == "a the \"logo\" b");
  CHECK(text("<p>He wrote:</p><blockquote>one<br>two<p>three<blockquote>four</blockquote></blockquote>me") ==
        "He wrote:\n\n> one\n> two\n>\n> three\n>\n> > four\n\nme");
  CHECK(text("<pre>\na  b\n\n   c</pre>d") == "a  b\n\n   c\n\nd");
  CHECK(text("<blockquote><pre>a\n b</pre></blockquote>") == "> a\n>  b");
}

TEST_CASE("html: tags that are wrong") {
  CHECK(text("a<b") == "a");
  CHECK(text("a<p class=\"never closed>b") == "a");
  CHECK(text("a<a href=\"x>y\" title='>'>b</a>c") == "ab <x%3Ey>c");
  CHECK(text("</div></p></x>a") == "a");
  CHECK(text("<div><span>a</div>b</span>c") == "a\nbc");
  CHECK(text("<td>a</td><tr>b") == "ab");
  CHECK(text("<p/ id=1>a") == "a");
  CHECK(text("<>a</>") == "<>a");
}

TEST_CASE("html: limits") {
  mime::HtmlOptions options;
  options.limits.max_octets = 5;
  CHECK(mime::html_to_text("abc d efg", options) == "abc d");
  options = {};
  options.limits.max_reduced_octets = 4;
  CHECK(mime::html_to_text("<!-- long comment -->ab      cdefg", options) == "ab");
  options = {};
  options.limits.max_depth = 2;
  CHECK(mime::html_to_text("<div>a<div>b<div>c<ul><li>d</ul></div>e</div></div>f", options) == "a\nb\nc\nd\ne\nf");
  options = {};
  options.limits.max_indent = 2;
  CHECK(mime::html_to_text(repeated("<blockquote>", 5) + "a", options) == "> > a");
  options = {};
  options.limits.max_value = 10;
  CHECK(mime::html_to_text("<a href=http://long.example/>a</a>", options) == "a");
}

TEST_CASE("html: hostile input costs linear time") {
  // Each of these takes gumbo alone time that grows with the square, or memory that grows with the product.
  const auto begin = std::chrono::steady_clock::now();
  std::string attributes = "<a";
  for (int i = 0; i < 30'000; ++i) attributes += " a" + std::to_string(i);
  std::string fonts;
  for (int i = 0; i < 1000; ++i) fonts += "<font color=c" + std::to_string(i) + ">";
  CHECK(text(attributes + ">x</a>") == "x");
  CHECK(text(repeated("<div>", 100'000) + "x") == "x");
  CHECK(text(repeated("<a href=y><div>", 20'000) + "x").size() < 1000);
  CHECK(text(fonts + repeated("<p>x", 20'000)).size() == 3 * 20'000 - 2);
  CHECK(text(repeated("<blockquote>", 100'000) + "x").size() == 41);
  CHECK(text(repeated("<ul><li>", 50'000) + "x").ends_with("* x"));
  CHECK(text(repeated("<table><tr><td>", 30'000) + "x") == "x");
  CHECK(text(repeated("<div></b>", 20'000) + "x") == "x");
  CHECK(text(repeated("<table>x", 20'000)).size() < 200'000);
  CHECK(text(repeated("<script>", 50'000)).empty());
  CHECK(text(repeated("<!--", 100'000)).empty());
  CHECK(text(repeated("</x", 100'000)).empty());
  CHECK(text(repeated("<", 100'000)).size() == 100'000);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}
