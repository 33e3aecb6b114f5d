// Runs before the first paint: whoever pulled the cord keeps their light on the next page.
;(() => {
  try {
    const light = sessionStorage.getItem('halfpast.light')
    if (light) document.documentElement.dataset.light = light
  } catch {
    // A browser that refuses storage follows the system's light.
  }
})()
