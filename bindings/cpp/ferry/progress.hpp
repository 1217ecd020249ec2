#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "call.hpp"
#include "stop.hpp"

namespace ferry {

/// The progress of a call.
struct progress {
    /// Never decreases during a call, and equals `bytes_total` only in the last report, when everything is
    /// confirmed. While a reader of unknown size is read, the bytes read; it begins again at 0 when the size
    /// is known.
    std::uint64_t bytes_done;
    /// 0 if unknown.
    std::uint64_t bytes_total;
    /// Parts confirmed by the storage.
    std::uint32_t parts_done;
    std::uint32_t parts_total;
    /// Requests that were repeated.
    std::uint32_t retries;
    /// Average of the last five seconds.
    std::uint64_t bytes_per_second;
    /// Estimate at that rate, if known.
    std::optional<double> seconds_left;
    /// Files of a batch that are stored.
    std::uint32_t files_done;
    /// Number of files of a batch. 0 outside of a batch.
    std::uint32_t files_total;
};

namespace detail {

/// A callback that returns nothing, or a bool: whether to go on.
template <class... Arguments> class watcher {
public:
    watcher() = default;

    template <class Function, class Result = std::invoke_result_t<Function &, Arguments...>,
              std::enable_if_t<std::is_void_v<Result> || std::is_same_v<Result, bool>, int> = 0>
    watcher(Function function) {
        if constexpr (std::is_void_v<Result>) {
            if (std::function<void(Arguments...)> told = std::move(function)) {
                goes_on_ = [told = std::move(told)](Arguments... arguments) {
                    told(arguments...);
                    return true;
                };
            }
        } else {
            goes_on_ = std::move(function);
        }
    }

    explicit operator bool() const noexcept { return static_cast<bool>(goes_on_); }

    /// Whether to go on.
    bool operator()(Arguments... arguments) const { return goes_on_(arguments...); }

private:
    std::function<bool(Arguments...)> goes_on_;
};

} // namespace detail

/// Receives progress on the thread that made the call: at once, then two to ten times a second, and at 100 %.
/// Any function of a `const progress &` that returns nothing, or a bool: whether to go on. An empty
/// `std::function` and a null pointer are none.
///
/// One that returns false interrupts the call, which throws `errc::cancelled` within a second. So does one
/// that throws; then the call ends with that exception. An upload can be run again after both.
using progress_fn = detail::watcher<const progress &>;

class filelink;

/// Receives the end of a file of a batch, on the thread that made the call, in the order in which files end:
/// its place in the list, counted from 0, its path, and the filelink, or the error if it is not stored. The
/// other pointer is null, and both are lent; the error may be copied. Any function of these four that returns
/// nothing, or a bool: whether to go on. One that returns false or throws interrupts the batch, like a
/// `progress_fn`.
using item_fn = detail::watcher<std::size_t, const std::filesystem::path &, const filelink *, const error *>;

namespace detail {

/// What ends a call early, beside what its callbacks return.
class stoppable : public callback {
public:
    /// A run of an upload, which has a signal of its own. There is one at a time.
    class run {
    public:
        run(stoppable *of, const stop_signal &stop) : of_(of) {
            const stop_signal *none = nullptr;
            if (of_ == nullptr && stop) {
                throw error(errc::invalid_state, "only an upload that was made in C++ takes a stop signal");
            }
            if (of_ != nullptr && !of_->run_stop_.compare_exchange_strong(none, &stop)) {
                throw error(errc::invalid_state, "the upload is running already, maybe in another thread");
            }
        }
        run(const run &) = delete;
        run &operator=(const run &) = delete;
        ~run() {
            if (of_ != nullptr) {
                of_->run_stop_ = nullptr;
            }
        }

    private:
        stoppable *of_;
    };

    /// Keep what C goes on using until the program ends.
    static void keep(std::unique_ptr<stoppable> used) noexcept {
        static std::atomic<stoppable *> kept{nullptr};
        if (used) {
            used->next_ = kept.exchange(used.get());
            (void)used.release();
        }
    }

protected:
    explicit stoppable(const stop_signal &stop) : stop_(stop) {}

    bool has_signal() const noexcept { return static_cast<bool>(stop_); }
    bool stop_requested() const {
        const stop_signal *const of_run = run_stop_;
        return stop_.stop_requested() || (of_run != nullptr && of_run->stop_requested());
    }

private:
    stop_signal stop_;
    std::atomic<const stop_signal *> run_stop_{nullptr};
    stoppable *next_ = nullptr;
};

/// An option struct of C with a progress callback.
template <class Options> class c_options : public stoppable {
public:
    /// `runs`: it can be given a signal for each run.
    c_options(void (*init)(Options *, std::size_t), const progress_fn &on_progress, const stop_signal &stop,
              bool runs = false)
        : stoppable(stop), on_progress_(on_progress) {
        init(&c, sizeof c);
        if (on_progress_ || has_signal() || runs) {
            c.on_progress = report;
            c.user_data = this;
        }
    }

    operator const Options *() const noexcept { return &c; }

    Options c;

private:
    static std::int32_t report(const ferry_progress *now, void *user_data) {
        auto &self = *static_cast<c_options *>(user_data);
        return self.guarded(1, [&] {
            if (self.stop_requested()) {
                return 1;
            }
            if (!self.on_progress_) {
                return 0;
            }
            progress at{now->bytes_done, now->bytes_total,      now->parts_done, now->parts_total,
                        now->retries,    now->bytes_per_second, {},              now->files_done,
                        now->files_total};
            if (now->seconds_left >= 0) {
                at.seconds_left = now->seconds_left;
            }
            return self.on_progress_(at) ? 0 : 1;
        });
    }

    progress_fn on_progress_;
};

} // namespace detail
} // namespace ferry
