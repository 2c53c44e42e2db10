"""Small valid sources in several languages, for tests of layout."""

PYTHON = '''\
import os


def total(items, tax=0.2):
    """Sum of  the items."""
    if not items:
        return 0
    # prices are in cents
    price = sum(item["price"] for item in items)
    label = f"total:  {price}"
    return round(price * (1 + tax), 2), label


class Cart:
    def __init__(self, owner):
        self.owner = owner
        self.items = [1, 2,
                      3]
'''

JAVASCRIPT = """\
import { sum } from "./sum.js";

export function total(items, tax = 0.2) {
  if (!items.length) {
    return 0;
  }
  // prices are in cents
  const price = sum(items.map((item) => item.price));
  const label = `total:  ${price}`;
  return { price: price * (1 + tax), label };
}
"""

GO = """\
package cart

// Total adds up.
func Total(items []Item, tax float64) float64 {
	if len(items) == 0 {
		return 0
	}
	price := 0.0
	for _, item := range items {
		price += item.Price
	}
	return price * (1 + tax)
}
"""

JAVA = """\
package cart;

/** Adds up. */
public final class Cart {
    private final List<Item> items = new ArrayList<>();

    public long total(long tax) {
        if (items.isEmpty()) {
            return 0;
        }
        String label = "total:  ";
        return items.stream().mapToLong(Item::price).sum() * (100 + tax) / 100;
    }
}
"""

C = """\
#include <stdio.h>
#define TAX(x) ((x) * 120 / 100)

/* Adds up. */
int total(const int *items, int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        sum += items[i];
    }
    printf("total:  %d\\n", sum);
    return TAX(sum);
}
"""

RUST = """\
use std::fmt;

/// Adds up.
pub fn total(items: &[u64], tax: u64) -> u64 {
    if items.is_empty() {
        return 0;
    }
    let sum: u64 = items.iter().sum();
    println!("total:  {}", sum);
    sum * (100 + tax) / 100
}
"""

SHELL = """\
#!/bin/sh
set -eu
# where it goes
target="$1"
if [ -d "$target" ]; then
  rm -rf "$target/old  files"
fi
for name in a b c; do
  cp -r "$name" "$target"
done
"""

YAML = """\
services:
  web:
    image: shop:1.2.3
    command: serve --port 80
    ports: [80, 443]
  # the queue
  queue:
    image: redis:7
"""

JSON = """\
{
  "name": "shop",
  "ports": [80, 443],
  "label": "total:  ",
  "web": {"image": "shop"}
}
"""

CSS = """\
.cart .total {
  color: red;
  margin: 0 1px;
}
a:hover, b {
  color: blue;
}
"""

RUBY = """\
class Cart
  # Adds up.
  def total(items, tax = 0.2)
    return 0 if items.empty?

    price = items.sum { |item| item[:price] }
    puts "total:  #{price}"
    price * (1 + tax)
  end
end
"""

SQL = """\
-- open carts
SELECT id, total
FROM carts
WHERE owner = 'a  b' AND total > 100
ORDER BY id;
"""

SOURCES = {
    "cart.py": PYTHON,
    "cart.js": JAVASCRIPT,
    "cart.go": GO,
    "Cart.java": JAVA,
    "cart.c": C,
    "cart.rs": RUST,
    "cart.sh": SHELL,
    "cart.yml": YAML,
    "cart.json": JSON,
    "cart.css": CSS,
    "cart.rb": RUBY,
    "cart.sql": SQL,
}
