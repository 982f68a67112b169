const THEMES = ['auto', 'light', 'dark'] as const;
const WORDS = { auto: 'Theme: auto', light: 'Theme: light', dark: 'Theme: dark' } as const;
const KEY = 'podium-theme';

/** A button that cycles through the themes. Remembers the choice, if the browser allows it. */
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
      // Then it lasts for this visit.
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
