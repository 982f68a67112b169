const THEMES = ['auto', 'light', 'dark'] as const;
const WORDS = { auto: 'Theme: auto', light: 'Theme: light', dark: 'Theme: dark' } as const;
const KEY = 'podium-theme';

/** A button that goes through the themes. What was chosen is kept where the browser lets a file keep something. */
export function themeButton(): void {
  const button = document.getElementById('theme');
  if (!button) return;
  let theme = THEMES.find((name) => name === stored()) ?? 'auto';
  const show = () => {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = WORDS[theme];
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Then it is for this visit.
    }
    show();
  });
  show();
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
