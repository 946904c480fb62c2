// SPDX-License-Identifier: Apache-2.0
// What one signature check and one signature cost on this core: OpenSSL alone, with contexts made
// once, on a digest made once. Nothing that uses this OpenSSL can be faster.
//
//   cambist_floor KEY.pem RS256|ES256 SECONDS      ->  {"sign_us": 617.2, "verify_us": 18.0}
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* thing) const {
        Free(thing);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;

[[noreturn]] void die(const char* what) {
    std::fprintf(stderr, "cambist_floor: %s\n", what);
    std::exit(2);
}
void need(bool done, const char* what) {
    if (!done) die(what);
}

Key read_key(const char* path) {
    const std::unique_ptr<std::FILE, Freed<std::fclose>> file(std::fopen(path, "r"));
    need(file != nullptr, "no such key file");
    Key key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
    need(key != nullptr, "not a private key in PEM");
    return key;
}

Context prepare(const Key& key, bool is_rsa, int (*init)(EVP_PKEY_CTX*)) {
    Context context(EVP_PKEY_CTX_new(key.get(), nullptr));
    need(context != nullptr && init(context.get()) == 1, "no context");
    if (is_rsa)
        need(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1, "no padding");
    need(EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1, "no digest");
    return context;
}

// Both operations on one key, by turns.
class Floor {
  public:
    Floor(const char* path, bool is_rsa)
        : key_(read_key(path)),
          signer_(prepare(key_, is_rsa, EVP_PKEY_sign_init)),
          verifier_(prepare(key_, is_rsa, EVP_PKEY_verify_init)) {
        digest_.fill(0x5a);
        sign();
    }
    void sign() {
        signature_.resize(kMaxSignature);
        std::size_t size = signature_.size();
        need(EVP_PKEY_sign(signer_.get(), signature_.data(), &size, digest_.data(),
                           digest_.size()) == 1,
             "can not sign");
        signature_.resize(size);
    }
    void verify() {
        need(EVP_PKEY_verify(verifier_.get(), signature_.data(), signature_.size(), digest_.data(),
                             digest_.size()) == 1,
             "can not verify");
    }

  private:
    static constexpr std::size_t kMaxSignature = 1024;
    Key key_;
    Context signer_, verifier_;
    std::array<unsigned char, 32> digest_{};
    std::vector<unsigned char> signature_;
};

// Processor time of this thread: what other programs take meanwhile is no cost of the operation.
struct Worked {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Worked>;
    static constexpr bool is_steady = true;
    static time_point now() {
        std::timespec spent{};
        need(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent) == 0, "no clock of this thread");
        return time_point(std::chrono::seconds(spent.tv_sec) +
                          std::chrono::nanoseconds(spent.tv_nsec));
    }
};

// Time and number of one operation so far.
struct Tally {
    static constexpr int kTurns = 16;
    Microseconds spent{0};
    std::size_t count = 0;

    template <class Operation>
    void run_for(std::chrono::milliseconds slice, Operation operation) {
        const auto start = Worked::now();
        auto now = start;
        do {
            // A look at this clock is a system call.
            for (int turn = 0; turn < kTurns; ++turn) operation();
            count += kTurns;
            now = Worked::now();
        } while (now - start < slice);
        spent += now - start;
    }
    double each() const { return spent.count() / static_cast<double>(count); }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) die("usage: cambist_floor KEY.pem RS256|ES256 SECONDS");
    const std::string_view algorithm = argv[2];
    need(algorithm == "RS256" || algorithm == "ES256", "RS256 or ES256");
    const auto seconds = std::strtod(argv[3], nullptr);
    need(seconds > 0, "seconds must be above 0");
    Floor floor(argv[1], algorithm == "RS256");
    Tally sign;
    Tally verify;
    // Short turns, so that a change of the core's speed meets both.
    constexpr std::chrono::milliseconds kTurn{20};
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    do {
        sign.run_for(kTurn, [&] { floor.sign(); });
        verify.run_for(kTurn, [&] { floor.verify(); });
    } while (Clock::now() < end);
    std::printf("{\"sign_us\": %.3f, \"verify_us\": %.3f}\n", sign.each(), verify.each());
}
