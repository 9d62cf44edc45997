// Buttons that are a picture only get a name for those who hear the page.
window.addEventListener("load", () => {
  document.querySelectorAll("button.copybtn").forEach((button) => {
    button.setAttribute("aria-label", "Copy code");
  });
  document.querySelectorAll(".bd-docs-nav details > summary").forEach((arrow) => {
    const part = arrow.closest("li").querySelector("a").textContent.trim();
    arrow.setAttribute("aria-label", `Pages of ${part}`);
  });
});
