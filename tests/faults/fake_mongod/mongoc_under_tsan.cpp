// What ThreadSanitizer passes over in a program with libmongoc; linked into each such test.
//
// Debian's libmongoc and libbson are not instrumented. Their threads hand memory to each other by
// atomic operations that the sanitizer does not see, so it takes a memcpy() and a free() of theirs
// for a race. Such a report is dropped where one of the two accesses was made by them; races
// between accesses of our own are reported as ever.
//
// Their locks stay as they are: with called_from_lib the sanitizer would miss some of these, too.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the sanitizer's name
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
    return "race:libmongoc-1.0.so\n"
           "race:libbson-1.0.so\n";
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
