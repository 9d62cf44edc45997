// Show the definition that a link to the glossary carries, to pointer and keyboard alike.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("a[title] > .std-term").forEach((label, number) => {
    const link = label.parentElement;
    const note = document.createElement("span");
    note.id = `definition-${number}`;
    note.className = "definition";
    note.setAttribute("role", "tooltip");
    note.textContent = link.title;
    link.removeAttribute("title");
    link.setAttribute("aria-describedby", note.id);
    link.classList.add("has-definition");
    link.after(note);

    const show = () => {
      const place = link.getBoundingClientRect();
      note.classList.add("shown");
      const room = document.documentElement.clientWidth - note.offsetWidth - 8;
      note.style.left = `${Math.max(8, Math.min(place.left, room))}px`;
      const below = place.bottom + 4;
      const fits = below + note.offsetHeight <= window.innerHeight;
      note.style.top = `${fits ? below : place.top - note.offsetHeight - 4}px`;
    };
    const hide = () => note.classList.remove("shown");
    link.addEventListener("mouseenter", show);
    link.addEventListener("mouseleave", hide);
    link.addEventListener("focus", show);
    link.addEventListener("blur", hide);
    link.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    window.addEventListener("scroll", hide, { passive: true });
  });
});
