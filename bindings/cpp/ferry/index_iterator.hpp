#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

namespace ferry::detail {

/// An iterator by index. It has the range in it, whose copies share what they hold, and so outlives it.
template <class Range, class Item> class index_iterator {
    struct arrow {
        Item item;
        Item *operator->() noexcept { return &item; }
    };

public:
    using iterator_category = std::input_iterator_tag; // items are made as they are asked for
    using iterator_concept = std::random_access_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = arrow;
    using reference = Item;

    index_iterator() = default;
    index_iterator(Range of, std::size_t index)
        : of_(std::move(of)), index_(static_cast<difference_type>(index)) {}

    Item operator*() const { return (*this)[0]; }
    arrow operator->() const { return {**this}; }
    Item operator[](difference_type offset) const { return of_[static_cast<std::size_t>(index_ + offset)]; }

    index_iterator &operator+=(difference_type offset) {
        index_ += offset;
        return *this;
    }
    index_iterator &operator-=(difference_type offset) { return *this += -offset; }
    index_iterator &operator++() { return *this += 1; }
    index_iterator &operator--() { return *this -= 1; }
    index_iterator operator++(int) {
        index_iterator before = *this;
        ++*this;
        return before;
    }
    index_iterator operator--(int) {
        index_iterator before = *this;
        --*this;
        return before;
    }
    friend index_iterator operator+(index_iterator it, difference_type offset) { return it += offset; }
    friend index_iterator operator+(difference_type offset, index_iterator it) { return it += offset; }
    friend index_iterator operator-(index_iterator it, difference_type offset) { return it -= offset; }
    friend difference_type operator-(const index_iterator &a, const index_iterator &b) {
        return a.index_ - b.index_;
    }
    friend bool operator==(const index_iterator &a, const index_iterator &b) { return a.index_ == b.index_; }
    friend bool operator!=(const index_iterator &a, const index_iterator &b) { return a.index_ != b.index_; }
    friend bool operator<(const index_iterator &a, const index_iterator &b) { return a.index_ < b.index_; }
    friend bool operator>(const index_iterator &a, const index_iterator &b) { return b < a; }
    friend bool operator<=(const index_iterator &a, const index_iterator &b) { return !(b < a); }
    friend bool operator>=(const index_iterator &a, const index_iterator &b) { return !(a < b); }

private:
    Range of_;
    difference_type index_ = 0;
};

} // namespace ferry::detail
