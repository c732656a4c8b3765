// libmongoc as a whole: begun once, and its log made part of ours.
#pragma once

namespace tallygate::store {

// Any thread, any number of times; ended when the program ends.
void start_driver();

// While one lives, what libmongoc says on this thread is not logged: it may quote a URL, and with
// that a password.
class DriverSilence {
public:
    DriverSilence();
    DriverSilence(const DriverSilence&) = delete;
    DriverSilence& operator=(const DriverSilence&) = delete;
    ~DriverSilence();

    // Whether it had something to say.
    bool said_something() const;
};

}  // namespace tallygate::store
