package main

import (
	"fmt"
	"os"
	"strings"
)

// spec is one nightly backup; minute shifts all schedules, so that everything differs from what is in the cluster.
func spec(number, minute int) string {
	return fmt.Sprintf(`apiVersion: neo4j.neo4j.com/v1alpha1
kind: Neo4jBackup
metadata:
  name: graph-%05[1]d
spec:
  target:
    kind: Cluster
    name: graph-%05[1]d
  schedule: "%[2]d %[3]d * * *"
  storage:
    type: s3
    bucket: graph-%05[1]d-backups
    path: nightly
    cloud:
      provider: aws
      region: eu-central-1
      credentialsSecretRef: store
  options:
    backupType: FULL
    tempStorage:
      size: 50Gi
`, number, (number+minute)%60, 4+number%19)
}

func writeSpecs(path string, count, minute int) error {
	var text strings.Builder
	for number := 1; number <= count; number++ {
		text.WriteString("---\n")
		text.WriteString(spec(number, minute))
	}
	return os.WriteFile(path, []byte(text.String()), 0o644)
}
