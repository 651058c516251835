/** A page that is a file on the disk, in headless Chromium. */
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { FLAGS } from './chromium.js';

export interface FileSession {
  readonly page: Page;
  /** What the page said is wrong, and what it asked for beside itself. */
  readonly errors: string[];
  readonly requests: string[];
  close(): Promise<void>;
}

/** In a browser of its own. */
export async function openFile(executablePath: string, path: string, options: BrowserContextOptions = {}): Promise<FileSession> {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    return { ...await openIn(browser, path, options), close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** In a context of its own. */
export async function openIn(browser: Browser, path: string, options: BrowserContextOptions = {}): Promise<FileSession> {
  const page = await browser.newPage(options);
  const errors: string[] = [], requests: string[] = [];
  const url = pathToFileURL(path).href;
  page.on('pageerror', (e) => errors.push(e.message));
  page.on('console', (m) => errors.push(`${m.type()}: ${m.text()}`));
  page.on('dialog', (d) => {
    errors.push(`a dialog: ${d.message()}`);
    void d.dismiss();
  });
  page.on('request', (r) => {
    if (r.url() !== url && !r.url().startsWith('data:')) requests.push(r.url());
  });
  await page.goto(url);
  return { page, errors, requests, close: () => page.close() };
}
