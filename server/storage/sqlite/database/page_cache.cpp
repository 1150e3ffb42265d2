#include "server/storage/sqlite/database/page_cache.hpp"

#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace millrace::storage::sqlite {
namespace {

using PageNumber = unsigned int;

struct Slab;

/// One page: SQLite's handle, then (in the same slab) its content and SQLite's own data about it.
struct Page {
  sqlite3_pcache_page handle{};
  PageNumber number{0};
  Slab* slab{nullptr};
  Page* next_free{nullptr};
};

/// Memory for some pages, from the system and not from malloc(): once none is in use it is given back, and only the
/// addresses are kept.
struct Slab {
  std::byte* memory{nullptr};
  Page* free{nullptr};  ///< its free pages; null as well when it has no memory
  std::size_t used{0};
  bool is_listed{false};  ///< among those to take a page from
};

class MemoryPageCache {
 public:
  MemoryPageCache(int page_bytes, int extra_bytes)
      : page_bytes_{round_up(static_cast<std::size_t>(page_bytes))},
        extra_bytes_{round_up(static_cast<std::size_t>(extra_bytes))},
        stride_{page_bytes_ + extra_bytes_ + round_up(sizeof(Page))},
        slab_bytes_{(stride_ * kPagesPerSlab + system_page() - 1) / system_page() * system_page()} {}
  MemoryPageCache(const MemoryPageCache&) = delete;
  MemoryPageCache& operator=(const MemoryPageCache&) = delete;
  ~MemoryPageCache() {
    for (const auto& slab : slabs_) ::munmap(slab->memory, slab_bytes_);
  }

  [[nodiscard]] int count() const { return static_cast<int>(count_); }

  Page* find(PageNumber number) {
    if (number < near_.size()) return near_[number];
    const auto found = find_far(number);
    return found == far_.end() ? nullptr : found->second;
  }

  /// Throws std::bad_alloc, and has changed nothing then.
  Page* make(PageNumber number) {
    Page* page = take_free();
    page->number = number;
    try {
      put(page);
    } catch (...) {
      give_back(page);
      throw;
    }
    ++count_;
    return page;
  }

  void discard(Page* page) {
    forget(page->number);
    give_back(page);
    --count_;
  }

  void rename(Page* page, PageNumber to) {
    if (Page* const replaced = find(to); replaced != nullptr && replaced != page) discard(replaced);
    forget(page->number);
    page->number = to;
    put(page);
  }

  /// Discards every page numbered `first` or higher.
  void truncate(PageNumber first) {
    for (std::size_t number = near_.size(); number > first; --number) {
      if (Page* const page = near_[number - 1]) discard(page);
      near_.pop_back();
    }
    while (!far_.empty()) {
      const auto beyond =
          std::find_if(far_.begin(), far_.end(), [first](const auto& entry) { return entry.first >= first; });
      if (beyond == far_.end()) break;
      discard(beyond->second);
    }
  }

 private:
  // How far a page number may lie beyond the last one and still count as the next pages of a growing database.
  static constexpr std::size_t kNearby = 1024;
  static constexpr std::size_t kPagesPerSlab = 16;

  static std::size_t round_up(std::size_t bytes) {
    constexpr std::size_t kAlignment = alignof(std::max_align_t);
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }

  std::vector<std::pair<PageNumber, Page*>>::iterator find_far(PageNumber number) {
    return std::find_if(far_.begin(), far_.end(), [number](const auto& entry) { return entry.first == number; });
  }

  void put(Page* page) {
    if (page->number >= near_.size() + kNearby) {
      far_.emplace_back(page->number, page);
      return;
    }
    if (page->number >= near_.size()) {
      const std::size_t size_before = near_.size();
      near_.resize(page->number + std::size_t{1});
      adopt_far(size_before);
    }
    near_[page->number] = page;
  }

  /// The array has grown: pages that were far away may lie within it now.
  void adopt_far(std::size_t from) {
    for (std::size_t at = 0; at < far_.size();) {
      if (far_[at].first >= from && far_[at].first < near_.size()) {
        near_[far_[at].first] = far_[at].second;
        far_[at] = far_.back();
        far_.pop_back();
      } else {
        ++at;
      }
    }
  }

  void forget(PageNumber number) {
    if (number < near_.size()) {
      near_[number] = nullptr;
    } else if (const auto found = find_far(number); found != far_.end()) {
      *found = far_.back();
      far_.pop_back();
    }
  }

  static std::size_t system_page() {
    static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return bytes;
  }

  Page* take_free() {
    while (!roomy_.empty() && roomy_.back()->free == nullptr) {
      roomy_.back()->is_listed = false;
      roomy_.pop_back();
    }
    if (roomy_.empty()) fill(empty_slab());
    Slab& slab = *roomy_.back();
    Page* const page = slab.free;
    slab.free = page->next_free;
    ++slab.used;
    // A new page is recognised by the first word of SQLite's data being zero.
    std::fill_n(static_cast<std::byte*>(page->handle.pExtra), extra_bytes_, std::byte{0});
    return page;
  }

  /// Never fails: the lists have room for every slab there is.
  void give_back(Page* page) {
    Slab& slab = *page->slab;
    page->next_free = slab.free;
    slab.free = page;
    // The slab that pages are taken from keeps its memory: a page that comes and goes must not cost system calls.
    if (--slab.used == 0 && (roomy_.empty() || roomy_.back() != &slab)) {
      ::madvise(slab.memory, slab_bytes_, MADV_DONTNEED);
      slab.free = nullptr;
      empty_.push_back(&slab);
      return;
    }
    list(slab);
  }

  /// A slab without memory: one that was given back, or a new one. Throws std::bad_alloc.
  Slab& empty_slab() {
    if (!empty_.empty()) {
      Slab& slab = *empty_.back();
      empty_.pop_back();
      return slab;
    }
    auto slab = std::make_unique<Slab>();
    if (slabs_.size() == slabs_.capacity()) {
      const std::size_t room = 2 * slabs_.size() + kPagesPerSlab;
      roomy_.reserve(room);
      empty_.reserve(room);
      slabs_.reserve(room);
    }
    void* const memory = ::mmap(nullptr, slab_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    slab->memory = static_cast<std::byte*>(memory);
    slabs_.push_back(std::move(slab));
    return *slabs_.back();
  }

  void fill(Slab& slab) {
    slab.free = nullptr;
    for (std::size_t at = kPagesPerSlab; at > 0; --at) {
      std::byte* const memory = slab.memory + (at - 1) * stride_;
      auto* const page = new (memory + page_bytes_ + extra_bytes_) Page;
      page->handle.pBuf = memory;
      page->handle.pExtra = memory + page_bytes_;
      page->slab = &slab;
      page->next_free = slab.free;
      slab.free = page;
    }
    list(slab);
  }

  void list(Slab& slab) {
    if (slab.is_listed) return;
    slab.is_listed = true;
    roomy_.push_back(&slab);
  }

  const std::size_t page_bytes_;
  const std::size_t extra_bytes_;
  const std::size_t stride_;
  const std::size_t slab_bytes_;
  std::size_t count_{0};
  std::vector<Page*> near_;                        ///< by page number
  std::vector<std::pair<PageNumber, Page*>> far_;  ///< the odd page with a number far beyond: never more than a few
  std::vector<Slab*> roomy_;                       ///< slabs that may have free pages; the last one is used first
  std::vector<Slab*> empty_;                       ///< slabs whose memory was given back
  std::vector<std::unique_ptr<Slab>> slabs_;
};

// SQLite's default, for files: handles of both kinds come through the same functions.
sqlite3_pcache_methods2 file_cache{};

/// What SQLite holds as "a cache": ours, or the default's.
struct Cache {
  std::unique_ptr<MemoryPageCache> memory;
  sqlite3_pcache* file{nullptr};
};

Cache& cache_of(sqlite3_pcache* handle) { return *reinterpret_cast<Cache*>(handle); }
Page* page_of(sqlite3_pcache_page* handle) { return reinterpret_cast<Page*>(handle); }
static_assert(offsetof(Page, handle) == 0);

int start(void*) { return file_cache.xInit != nullptr ? file_cache.xInit(file_cache.pArg) : SQLITE_OK; }

void stop(void*) {
  if (file_cache.xShutdown != nullptr) file_cache.xShutdown(file_cache.pArg);
}

sqlite3_pcache* create(int page_bytes, int extra_bytes, int purgeable) {
  try {
    auto cache = std::make_unique<Cache>();
    if (purgeable != 0) {
      cache->file = file_cache.xCreate(page_bytes, extra_bytes, purgeable);
      if (cache->file == nullptr) return nullptr;
    } else {
      cache->memory = std::make_unique<MemoryPageCache>(page_bytes, extra_bytes);
    }
    return reinterpret_cast<sqlite3_pcache*>(cache.release());
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void set_size(sqlite3_pcache* handle, int pages) {
  if (Cache& cache = cache_of(handle); cache.file != nullptr) file_cache.xCachesize(cache.file, pages);
}

int page_count(sqlite3_pcache* handle) {
  Cache& cache = cache_of(handle);
  return cache.file != nullptr ? file_cache.xPagecount(cache.file) : cache.memory->count();
}

sqlite3_pcache_page* fetch(sqlite3_pcache* handle, PageNumber number, int create_flag) {
  Cache& cache = cache_of(handle);
  if (cache.file != nullptr) return file_cache.xFetch(cache.file, number, create_flag);
  try {
    Page* page = cache.memory->find(number);
    if (page == nullptr && create_flag != 0) page = cache.memory->make(number);
    return page == nullptr ? nullptr : &page->handle;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void unpin(sqlite3_pcache* handle, sqlite3_pcache_page* page, int discard) {
  Cache& cache = cache_of(handle);
  if (cache.file != nullptr) {
    file_cache.xUnpin(cache.file, page, discard);
  } else if (discard != 0) {
    cache.memory->discard(page_of(page));
  }
}

void rekey(sqlite3_pcache* handle, sqlite3_pcache_page* page, PageNumber from, PageNumber to) {
  Cache& cache = cache_of(handle);
  if (cache.file != nullptr) {
    file_cache.xRekey(cache.file, page, from, to);
  } else {
    cache.memory->rename(page_of(page), to);  // out of memory here ends the process: SQLite has no way to be told
  }
}

void truncate(sqlite3_pcache* handle, PageNumber first) {
  Cache& cache = cache_of(handle);
  if (cache.file != nullptr) {
    file_cache.xTruncate(cache.file, first);
  } else {
    cache.memory->truncate(first);
  }
}

void destroy(sqlite3_pcache* handle) {
  const std::unique_ptr<Cache> cache{&cache_of(handle)};
  if (cache->file != nullptr) file_cache.xDestroy(cache->file);
}

void shrink(sqlite3_pcache* handle) {
  if (Cache& cache = cache_of(handle); cache.file != nullptr) file_cache.xShrink(cache.file);
}

}  // namespace

bool install_page_cache() {
  if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &file_cache) != SQLITE_OK) return false;
  sqlite3_pcache_methods2 methods{};
  methods.iVersion = 1;
  methods.xInit = start;
  methods.xShutdown = stop;
  methods.xCreate = create;
  methods.xCachesize = set_size;
  methods.xPagecount = page_count;
  methods.xFetch = fetch;
  methods.xUnpin = unpin;
  methods.xRekey = rekey;
  methods.xTruncate = truncate;
  methods.xDestroy = destroy;
  methods.xShrink = shrink;
  return sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods) == SQLITE_OK;
}

}  // namespace millrace::storage::sqlite
