// The sidebar as a list: the caption of a part, or the page of a chapter and its depth.
() => [...document.querySelectorAll(
    'nav.bd-links .caption-text, nav.bd-links a.reference.internal')].map(entry => ({
        title: entry.textContent.trim(),
        url: entry.matches('a') ? entry.href.split('#')[0] : null,
        depth: Number(entry.closest('li')?.className.match(/toctree-l(.)/)[1] ?? 0),
    }))
