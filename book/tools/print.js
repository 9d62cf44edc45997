// Put all pages of the book into the one that is open, as print_pdf prints it.
//
// Each page becomes a section. Its anchors get the page's name before them, so that they stay unique,
// and links between pages lead to them; links to files beside the book lead nowhere. Headings move
// down by the depth of the page in the contents, which the browser makes the bookmarks of.
async ({title, pages}) => {
    const names = new Map(pages.filter(page => page.url).map((page, n) => [page.url, `page${n}`]));
    const anchor = url => {
        const [page, id] = url.href.split('#');
        return names.has(page) && names.get(page) + (id ? `--${decodeURIComponent(id)}` : '');
    };
    const sections = pages.map(({url, depth, title, html}) => {
        const section = document.createElement('section');
        section.className = 'printed bd-article';
        if (!url) {
            section.appendChild(document.createElement('h1')).textContent = title;
            return section;
        }
        section.id = names.get(url);
        section.append(new DOMParser().parseFromString(html, 'text/html').querySelector('article'));
        for (const one of section.querySelectorAll('[id]')) one.id = `${section.id}--${one.id}`;
        for (const one of section.querySelectorAll('[src]')) {
            one.src = new URL(one.getAttribute('src'), url);
            one.loading = 'eager';
        }
        for (const one of section.querySelectorAll('a[href]')) {
            const target = new URL(one.getAttribute('href'), url);
            const inside = anchor(target);
            if (inside) one.setAttribute('href', `#${encodeURIComponent(inside)}`);
            else if (target.protocol === 'file:') one.removeAttribute('href');
        }
        for (const one of depth ? section.querySelectorAll('h1, h2, h3, h4, h5') : []) {
            const lower = document.createElement(`h${Math.min(6, Number(one.tagName[1]) + depth)}`);
            lower.append(...one.childNodes);
            lower.id = one.id;
            one.replaceWith(lower);
        }
        return section;
    });
    document.title = title;
    document.body.replaceChildren(...sections);
    await window.MathJax?.startup?.promise;
    await window.MathJax?.typesetPromise?.(sections);
    await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
}
