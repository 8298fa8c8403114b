() => {
  // What a person who can't see the page depends on. Gives a list of what is wrong.
  const problems = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const headings = all('h1, h2, h3, h4').map((one) => Number(one.tagName[1]));
  const ids = all('[id]').map((one) => one.id);

  for (const one of all('input:not([type=hidden])')) if (!one.labels.length) problems.push(`no label: ${one.name}`);
  for (const one of all('button, a, summary')) if (!one.textContent.trim()) problems.push(`no name: ${one.outerHTML}`);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) problems.push(`twice: ${id}`);
  for (const one of all('[aria-labelledby]')) {
    if (!document.getElementById(one.getAttribute('aria-labelledby'))) problems.push('a label that is not there');
  }
  for (const one of all('[role=region]')) if (!one.getAttribute('aria-label')) problems.push('a region without a name');
  headings.forEach((level, place) => {
    if (place > 0 && level > headings[place - 1] + 1) problems.push(`h${level} after h${headings[place - 1]}`);
  });
  if (headings.filter((level) => level === 1).length !== 1) problems.push('not one h1');
  if (all('[role=status]').length < 10) problems.push('a step says nothing to a screen reader');
  return problems;
}
