// Building the page: elements and texts, never markup. Nothing that came from outside is read as HTML.

/**
 * Make an element. `attributes` may hold `class`, `data-...`, `onclick` and the like; `children` are nodes or texts.
 * @param {string} tag
 * @param {Record<string, string | boolean | EventListener>} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.replace(/^on/, ''), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/**
 * A table with a heading for each column and each row.
 * @param {string} label what the table is, for screen readers
 * @param {string[]} headings
 * @param {(Node | string)[][]} rows the first cell of each heads its row
 * @param {string} [kind]
 */
export function table(label, headings, rows, kind = '') {
  // The roles say again what the elements are: a narrow page shows them as blocks, and would take that away.
  const head = element('tr', { role: 'row' }, ...headings.map((text) => element('th', { scope: 'col', role: 'columnheader' }, text)));
  const body = rows.map((cells) =>
    element('tr', { role: 'row' }, ...cells.map((cell, place) =>
      place === 0 ? element('th', { scope: 'row', role: 'rowheader' }, cell) : element('td', { role: 'cell', 'data-heading': headings.length > 2 ? headings[place] : '' }, cell),
    )),
  );
  return element(
    'div',
    { class: 'table-scroll', role: 'region', 'aria-label': label, tabindex: '0' },
    element(
      'table',
      { class: `facts-table ${kind}`, role: 'table' },
      element('thead', { role: 'rowgroup' }, head),
      element('tbody', { role: 'rowgroup' }, ...body),
    ),
  );
}

/**
 * A word with a colour: "good", "bad" or "neutral". The colour repeats what the word says.
 * @param {string} text
 * @param {'good' | 'bad' | 'neutral'} kind
 */
export function badge(text, kind) {
  return element('span', { class: `verdict verdict--${kind}` }, text);
}

/** @param {string} text */
export function code(text) {
  return element('code', {}, text);
}

/**
 * A card with a heading.
 * @param {string} title
 * @param {...(Node | string | null)} children
 */
export function card(title, ...children) {
  return element('div', { class: 'card' }, element('h3', { class: 'card__title' }, title), ...children);
}

/**
 * @param {string} text
 * @param {string} [kind]
 */
export function paragraph(text, kind = '') {
  return element('p', { class: kind }, text);
}

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** @param {number} milliseconds */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
