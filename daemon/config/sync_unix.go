//go:build unix

package config

import "os"

// syncFolder makes a rename in a folder last through a loss of power.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
